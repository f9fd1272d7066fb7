"""Changes that no MonkeyPatch call makes: they stay, and what undoes them is registered beside."""
