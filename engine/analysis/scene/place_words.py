"""The places that a scene is compared with, and the sentences that stand for each."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A kind of place.

    Attributes:
        name: what people call it.
        environment: indoor or outdoor.
        described: what may be in such a picture; each makes one sentence a template.
    """

    name: str
    environment: str
    described: tuple[str, ...]


#: Lower case and in the form that the network was trained on.
TEMPLATES = ("this is a photo of {}.", "a video frame of {}.")

PLACES = (
    Place("living room", "indoor", ("a living room", "a sofa in a room at home")),
    Place("bedroom", "indoor", ("a bedroom", "a bed in a room")),
    Place("kitchen", "indoor", ("a kitchen",)),
    Place("bathroom", "indoor", ("a bathroom",)),
    Place("office", "indoor", ("an office", "a desk with a computer")),
    Place("meeting room", "indoor", ("a meeting room", "a classroom")),
    Place("hall", "indoor", ("a large hall", "a lobby", "a museum")),
    Place("corridor", "indoor", ("a corridor", "a staircase inside a building")),
    Place("shop", "indoor", ("a shop", "a supermarket")),
    Place("restaurant", "indoor", ("a restaurant", "a café", "a bar")),
    Place("gym", "indoor", ("a gym", "an indoor sports hall")),
    Place("laboratory", "indoor", ("a laboratory", "a hospital room")),
    Place("workshop", "indoor", ("a workshop", "a factory hall", "a warehouse")),
    Place("stage", "indoor", ("a stage with spotlights", "a concert")),
    Place("church", "indoor", ("the inside of a church",)),
    Place("inside a vehicle", "indoor", ("the inside of a car", "the inside of a train")),
    Place("plain wall", "indoor", ("somebody in front of a plain wall", "a curtain")),
    Place("photo studio", "indoor", ("a photo studio with a plain backdrop", "a white studio")),
    Place("green screen", "indoor", ("a green screen", "somebody before a green screen")),
    Place("blue screen", "indoor", ("a blue screen", "somebody before a blue screen")),
    Place("street", "outdoor", ("a street", "a sidewalk in a city")),
    Place("square", "outdoor", ("a city square", "a market outdoors")),
    Place("road", "outdoor", ("a road", "a motorway", "a car park")),
    Place("park", "outdoor", ("a park", "a lawn with trees")),
    Place("garden", "outdoor", ("a garden", "a terrace with plants")),
    Place("yard", "outdoor", ("a yard with a brick wall", "a backyard")),
    Place("forest", "outdoor", ("a forest", "a path between trees")),
    Place("field", "outdoor", ("a meadow", "a field of crops")),
    Place("beach", "outdoor", ("a beach", "sand by the sea")),
    Place("water", "outdoor", ("the sea", "a lake", "a river")),
    Place("pool", "outdoor", ("a swimming pool outdoors",)),
    Place("mountains", "outdoor", ("mountains", "rocks and cliffs")),
    Place("snow", "outdoor", ("a snowy landscape", "a street in snow")),
    Place("desert", "outdoor", ("a desert", "sand dunes")),
    Place("sports field", "outdoor", ("a sports field", "a tennis court outdoors")),
    Place("porch", "outdoor", ("a porch", "a balcony", "a rooftop")),
    Place("building site", "outdoor", ("a building site", "an industrial site outdoors")),
    Place("street at night", "outdoor", ("a street at night", "city lights at night")),
)


def sentences() -> list[tuple[int, str]]:
    """Return (number of the place, sentence) for every sentence, lower case."""
    return [
        (number, template.format(words).lower())
        for number, place in enumerate(PLACES)
        for words in place.described
        for template in TEMPLATES
    ]
