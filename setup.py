from setuptools import setup

setup()  # all metadata lives in pyproject.toml
