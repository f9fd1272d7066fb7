"""What a deployment sets."""

import os

from core.security_config import SecurityConfig


def test_key_of_the_deployment_is_used():
    os.environ['SECRET_KEY'] = 'key-of-the-deployment'

    config = SecurityConfig()

    assert config.secret_key == 'key-of-the-deployment'
    assert not config.secret_key_generated
