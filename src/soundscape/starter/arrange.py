"""A piece of the table becomes sound: layers over one harmony, as its character asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soundscape.starter import layers, notes
from soundscape.starter import voices as v
from soundscape.starter.pieces import StarterPiece
from soundscape.starter.score import PREROLL_S, PieceScore
from soundscape.starter.voices import Floats

FADE_IN_S = 2.0
FADE_OUT_S = 4.0
"""Short: the player's own seam and start do the fading. Two fades at once would leave a dip."""

_EVEN = 0.6
"""Share of a slow swell in dB that is taken back."""


def render_piece(piece: StarterPiece) -> Floats:
    """The piece as floats of shape (2, samples) at `voices.RATE`, level not yet matched."""
    score = PieceScore(piece)
    layers.drone(score)
    layers.pads(score)
    layers.bass(score)
    layers.shimmer(score)
    layers.air(score)
    notes.bells(score)
    notes.figure(score)
    if piece.melody:
        notes.melody(score)
    v.reverberate(score.whole, score.send[0], 0.5)
    return _shaped(score.whole[:, v.steps(PREROLL_S) * v.STEP :])


def _shaped(sound: Floats) -> Floats:
    """Even out slow swells of the whole, and round both ends to nothing."""
    blocks = sound.reshape(2, -1, v.STEP)
    power = np.einsum("cij,cij->i", blocks, blocks) / blocks.shape[0] / v.STEP
    power /= power.mean()
    slow = 10 * np.log10(_smooth(power, 8.0))
    t = np.arange(len(power)) / v.GRID
    gain_db = np.clip(-_EVEN * slow, -6, 3)
    gains = 10 ** (gain_db / 20) * np.sin(np.pi / 2 * np.clip(t / FADE_IN_S, 0, 1)) ** 2
    gains *= np.sin(np.pi / 2 * np.clip((t[-1] - t) / FADE_OUT_S, 0, 1)) ** 2
    v.scale(blocks, np.append(gains, 0.0).astype(np.float32))
    return blocks.reshape(2, -1)


def _smooth(line: Floats, seconds: float) -> NDArray[np.float64]:
    """The line seen through a rounded window, its ends held on beyond it."""
    half = v.steps(seconds / 2)
    window = np.hanning(2 * half + 1)
    return np.convolve(np.pad(line, half, mode="edge"), window / window.sum(), "valid")
