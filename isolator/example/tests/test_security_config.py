"""The security settings."""

import os
from unittest.mock import patch

import pytest

from core.security_config import SecurityConfig, get_config, reload_config


class TestSecurityConfig:
    def test_default_secret_key_in_development(self):
        """A development machine needs no key."""
        with patch.dict(os.environ, {'ENVIRONMENT': 'development'}):
            config = SecurityConfig()

            assert config.environment == 'development'
            assert config.secret_key_generated
            assert len(config.secret_key) >= 32

    def test_automatic_key_generation_in_development(self):
        """Each configuration gets a key of its own."""
        with patch.dict(os.environ, {'ENVIRONMENT': 'development'}):
            # Save the key, to restore it afterwards
            original_key = os.environ.get('SECRET_KEY')
            if 'SECRET_KEY' in os.environ:
                del os.environ['SECRET_KEY']

            try:
                config = SecurityConfig()

                assert config.secret_key_generated
                assert config.secret_key != SecurityConfig().secret_key
            finally:
                # Restore the original key
                if original_key:
                    os.environ['SECRET_KEY'] = original_key

    def test_production_uses_the_key_given(self):
        """A key that is set is used as it is."""
        with patch.dict(os.environ, {'ENVIRONMENT': 'production', 'SECRET_KEY': 'key-of-production'}):
            config = reload_config()

            assert config.secret_key == 'key-of-production'
            assert not config.secret_key_generated

    def test_production_needs_a_key(self):
        """Production does not start without a key."""
        with patch.dict(os.environ, {'ENVIRONMENT': 'production', 'SECRET_KEY': ''}):
            with pytest.raises(ValueError, match='SECRET_KEY'):
                SecurityConfig()

    @pytest.mark.parametrize('environment', ['development', 'staging'])
    def test_temporary_users_only_in_development(self, environment):
        """Temporary users are for development, whatever is set."""
        with patch.dict(os.environ, {'ENVIRONMENT': environment, 'ALLOW_DEV_TEMP_USERS': 'true'}):
            config = SecurityConfig()

            assert config.allow_dev_temp_users == (environment == 'development')

    @patch.dict(os.environ, {'SECRET_KEY': 'first-key'})
    def test_key_is_read_when_the_configuration_is_made(self):
        """A configuration keeps the key it was made with."""
        first = SecurityConfig()
        with patch.dict(os.environ, {'SECRET_KEY': 'second-key'}):
            second = SecurityConfig()

        assert first.secret_key == 'first-key'
        assert second.secret_key == 'second-key'
        assert SecurityConfig().secret_key == 'first-key'

    def test_defaults(self):
        """Nothing needs to be set."""
        with patch.dict(os.environ, {}, clear=True):
            config = SecurityConfig()

            assert config.environment == 'development'
            assert not config.allow_dev_temp_users

    def test_configuration_is_shared(self):
        """Everyone gets the same configuration."""
        config = get_config()

        assert config is get_config()
        assert config.environment == 'development'
