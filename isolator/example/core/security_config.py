"""The security settings, read from the environment."""

import os
import secrets
from dataclasses import dataclass, field


@dataclass
class SecurityConfig:
    """The settings of one deployment; a development machine without a key makes its own."""

    environment: str = field(init=False)
    secret_key: str = field(init=False)
    secret_key_generated: bool = field(init=False, default=False)
    allow_dev_temp_users: bool = field(init=False)

    def __post_init__(self):
        self.environment = os.environ.get('ENVIRONMENT', 'development')
        self.secret_key = os.environ.get('SECRET_KEY', '')
        if not self.secret_key:
            if self.environment == 'production':
                raise ValueError('SECRET_KEY must be set in production')
            self.secret_key = secrets.token_urlsafe(32)
            self.secret_key_generated = True
        wanted = os.environ.get('ALLOW_DEV_TEMP_USERS', 'false').lower() == 'true'
        self.allow_dev_temp_users = wanted and self.environment == 'development'


_config = SecurityConfig()


def get_config():
    """The settings of this process."""
    return _config


def reload_config():
    """Read the environment again."""
    global _config
    _config = SecurityConfig()
    return _config
