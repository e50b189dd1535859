"""Stateful stand-ins for the providers, speaking their real protocols over real HTTP.

They share no code with the product: the provider's published rules judge what a client sends.
"""
