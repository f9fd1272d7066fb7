"""Which writes to the environment the code of a project can reach by calls.

Of three parts: the files of the source tree (``files``), what one file defines and what its
functions call and write (``modules``, ``bodies``), and what these calls lead to (``lookup``,
``reaching``). It knows nothing of tests, of ``patch.dict`` or of what becomes of it. Nothing is
imported or run.
"""
