"""In: one value of one attribute. Out: what is wrong with it for Entra, and the nearest value that is right.
Pure knowledge about single values; what two objects do to each other is `bot.triage`'s business.
Promise: no letter is dropped without saying so; a correction that would be a guess is not made.
"""
