"""The sample's sound: a quiet street, a warm chord, footsteps, and somebody who says hello.

The voice is a row of harmonics under three formants that move from vowel to vowel; it says
nothing in any language. The mouth of the picture follows it.
"""

from __future__ import annotations

import numpy as np

from paint import Array, generator

RATE = 48000

#: Syllables: start and length (s), pitch (Hz), the three formants (Hz).
SYLLABLES = (
    (0.42, 0.17, 232.0, (560.0, 1800.0, 2500.0)),
    (0.62, 0.30, 262.0, (480.0, 900.0, 2400.0)),
    (1.12, 0.15, 214.0, (390.0, 2150.0, 2800.0)),
    (1.30, 0.16, 222.0, (700.0, 1250.0, 2500.0)),
    (1.49, 0.14, 208.0, (500.0, 1500.0, 2450.0)),
    (1.66, 0.28, 196.0, (640.0, 1100.0, 2400.0)),
    (2.20, 0.14, 226.0, (420.0, 1950.0, 2600.0)),
    (2.37, 0.17, 238.0, (740.0, 1300.0, 2550.0)),
    (2.57, 0.15, 220.0, (360.0, 2250.0, 2900.0)),
    (2.75, 0.38, 188.0, (600.0, 1000.0, 2350.0)),
)
CHORD_HZ = (110.0, 164.81, 220.0, 277.18, 329.63)
STEPS_S = (0.10, 0.68, 1.27, 1.84, 2.44, 3.01, 3.60)


def swell(time_s: Array, start: float, length: float) -> Array:
    """Return the loudness of one syllable: a quick rise, a slower fall, 0 to 1."""
    place = (time_s - start) / length
    rise = np.clip(place / 0.22, 0, 1)
    fall = np.clip((1.12 - place) / 0.5, 0, 1)
    return (np.sin(rise * np.pi / 2) ** 2 * np.sin(fall * np.pi / 2) ** 2).astype(np.float32)


def mouth(time_s: float) -> float:
    """Return how far the mouth is open, 0 to 1."""
    now = np.array([time_s + 0.03], np.float32)
    shares = [
        float(swell(now, start, length)[0]) * (0.35 + 0.6 * first / 740.0)
        for start, length, _, (first, _, _) in SYLLABLES
    ]
    return max(shares)


def voice(time_s: Array, random: np.random.Generator) -> Array:
    """Return the voice, about -1 to 1."""
    total = np.zeros_like(time_s)
    for start, length, pitch, formants in SYLLABLES:
        part = slice(*(np.searchsorted(time_s, [start - 0.02, start + 1.2 * length])))
        t = time_s[part].astype(np.float64)
        glide = pitch * (1.05 - 0.12 * (t - start) / length + 0.006 * np.sin(2 * np.pi * 5.4 * t))
        phase = 2 * np.pi * np.cumsum(glide) / RATE
        sung = np.zeros_like(t)
        for harmonic in range(1, 18):
            pitch_hz = harmonic * glide
            gain = sum(
                weight * np.exp(-(((pitch_hz - f) / (90 + 0.07 * f)) ** 2))
                for weight, f in zip((1.0, 0.5, 0.22), formants, strict=True)
            )
            sung += (gain + 0.03) / harmonic**0.55 * np.sin(harmonic * phase)
        breath = 0.02 * random.standard_normal(len(t))
        total[part] += (0.55 * (sung + breath)).astype(np.float32) * swell(
            time_s[part], start, length
        )
    return total


def coloured(count: int, slope: float, random: np.random.Generator) -> Array:
    """Return noise whose loudness falls with the frequency to the power of ``slope``."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    shaped = np.fft.irfft(spectrum / np.maximum(hertz, 40.0) ** slope, count)
    return (shaped / np.abs(shaped).max()).astype(np.float32)


def soundtrack(seed: int, length_s: float) -> Array:
    """Return the sound, (2, samples) float32, -1 to 1, at 48 kHz."""
    count = round(length_s * RATE)
    time_s = (np.arange(count) / RATE).astype(np.float32)
    random = generator(seed, 60)
    sides = []
    spoken = voice(time_s, random)
    for side in (-1.0, 1.0):
        street = 0.10 * coloured(count, 0.9, random) + 0.006 * coloured(count, 0.1, random)
        chord = sum(
            np.sin(2 * np.pi * hz * (1 + 0.0011 * side) * time_s + number)
            * (0.6 + 0.4 * np.sin(2 * np.pi * (0.13 + 0.04 * number) * time_s + side + number))
            for number, hz in enumerate(CHORD_HZ)
        )
        sides.append(street + np.float32(0.018) * chord + np.float32(0.30) * spoken)
    both = np.stack(sides).astype(np.float32)
    for number, start in enumerate(STEPS_S):
        first = int(start * RATE)
        age = np.arange(int(0.09 * RATE)) / RATE
        knock = random.standard_normal(len(age)) * np.exp(-age / 0.006)
        knock += 0.8 * np.sin(2 * np.pi * 310 * age) * np.exp(-age / 0.018)
        far = 0.05 + 0.008 * number
        for channel, share in enumerate((0.75, 0.45)):
            part = both[channel, first : first + len(age)]
            part += (far * share * knock[: len(part)]).astype(np.float32)
    edge = np.clip(np.minimum(time_s, length_s - time_s) / 0.06, 0, 1)
    return np.clip(np.tanh(both * 1.3) * edge, -1, 1).astype(np.float32)
