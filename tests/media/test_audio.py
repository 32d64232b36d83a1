from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
import torch
from backlot.engine.clip.clip import AudioTrack
from backlot.engine.clip.operations import ArrayClip, concatenate, trim
from backlot.engine.errors import MediaError
from backlot.engine.media.audio import read_audio
from backlot.engine.media.write import EncodeSettings, deliver

SETTINGS = EncodeSettings(preset="ultrafast")


def tones(rate, channels, seconds):
    """A tone per channel, with a click each second to tell where one is."""
    time = np.arange(round(rate * seconds)) / rate
    wave = [0.3 * np.sin(2 * np.pi * (220 + 110 * c) * time) for c in range(channels)]
    wave = np.array(wave, np.float32)
    for second in range(1, int(seconds) + 1):
        wave[:, second * rate : second * rate + 4] = 0.9
    return wave


def write(path, codec, rate=48000, layout="stereo", seconds=2.2, start_s=0.0, pictures=True):
    """Encode a file with 50 frames at 25 fps and ``seconds`` of tones that begin at start_s."""
    with av.open(str(path), "w") as container:
        if pictures:
            video = container.add_stream("mpeg4", rate=25)
            video.width, video.height, video.pix_fmt = 32, 32, "yuv420p"
        sound = container.add_stream(codec, rate=rate, layout=layout)
        if pictures:
            for index in range(50):
                frame = av.VideoFrame(32, 32, "yuv420p")
                [plane.update(bytes(plane.buffer_size)) for plane in frame.planes]
                frame.pts = index
                container.mux(video.encode(frame))
            container.mux(video.encode(None))
        wave = tones(rate, len(av.AudioLayout(layout).channels), seconds)
        for at in range(0, wave.shape[1], 1024):
            part = np.ascontiguousarray(wave[:, at : at + 1024])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = at + round(start_s * rate)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return wave


def plainly_decoded(path):
    """Return (codec, rate, time of the first sample after the first picture, (samples, C))."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        zero = container.streams.video[0]
        frames = list(container.decode(stream))
        first = frames[0].pts * frames[0].time_base
        begin = first - (zero.start_time or 0) * zero.time_base
        arrays = [
            f.to_ndarray().T if f.format.is_planar else f.to_ndarray().reshape(f.samples, -1)
            for f in frames
        ]
        return stream.codec.canonical_name, stream.rate, begin, np.concatenate(arrays)


def aligned_by(found, expected, reach=40):
    """Return the shift in samples at which two signals agree best."""
    middle = slice(20000, 60000)
    errors = {
        shift: np.abs(np.roll(found, -shift)[middle] - expected[middle]).mean()
        for shift in range(-reach, reach + 1)
    }
    return min(errors, key=errors.get)


def clip(frames=50, audio=()):
    return ArrayClip(np.full((frames, 16, 16, 3), 90, np.uint8), Fraction(25), audio)


def delivered(context, path, audio, frames=50):
    deliver(clip(frames, audio), path, context, SETTINGS)
    return plainly_decoded(path)


COPIED = [
    ("source.mp4", "aac", 48000, "stereo", ".mp4"),
    ("source.mp4", "aac", 44100, "mono", ".mov"),
    ("source.mp4", "aac", 8000, "stereo", ".mp4"),
    ("source.mp4", "aac", 48000, "5.1", ".mp4"),
    ("source.mp4", "libmp3lame", 44100, "stereo", ".mp4"),
    ("source.mp4", "alac", 48000, "stereo", ".mov"),
    ("source.mkv", "flac", 44100, "stereo", ".mp4"),
    ("source.mkv", "flac", 48000, "mono", ".mkv"),
    ("source.mkv", "libopus", 48000, "stereo", ".mkv"),
    ("source.mov", "pcm_s16le", 48000, "stereo", ".mov"),
    ("source.mov", "pcm_s24le", 96000, "mono", ".mkv"),
]


@pytest.mark.parametrize(("name", "codec", "rate", "layout", "suffix"), COPIED)
def test_untouched_sound_is_copied_sample_for_sample(
    context, tmp_path, name, codec, rate, layout, suffix
):
    source = tmp_path / name
    write(source, codec, rate, layout)
    before = plainly_decoded(source)
    after = delivered(context, tmp_path / f"out{suffix}", (AudioTrack(path=source),))
    assert after[:3] == before[:3]
    assert np.array_equal(after[3], before[3])


@pytest.mark.parametrize("start_s", [0.5, 0.25])
def test_sound_that_begins_late_stays_late(context, tmp_path, start_s):
    source = tmp_path / "source.mp4"
    write(source, "aac", start_s=start_s)
    before = plainly_decoded(source)
    after = delivered(context, tmp_path / "out.mp4", (AudioTrack(path=source),))
    assert after[2] == before[2]
    assert abs(float(before[2]) - start_s) < 0.03
    assert np.array_equal(after[3], before[3])


def test_sound_before_the_first_picture_is_left_out(context, tmp_path):
    source = tmp_path / "source.ts"
    wave = write(source, "aac")
    _, _, begin, before = plainly_decoded(source)
    assert begin < 0
    early = round(-begin * 48000)
    after = delivered(context, tmp_path / "out.mp4", (AudioTrack(path=source),))
    assert after[2] == 0
    assert np.array_equal(after[3][:80000], before[early : early + 80000])
    waveform, _ = read_audio((AudioTrack(path=source),), Fraction(2))
    assert np.abs(waveform.numpy()[:, 4096:40000] - wave[:, 4096:40000]).mean() < 0.02
    assert aligned_by(waveform.numpy()[0], wave[0]) == 0


@pytest.mark.parametrize(
    ("codec", "name", "suffix", "rate", "layout"),
    [
        ("pcm_s16le", "source.mov", ".mp4", 48000, "stereo"),
        ("pcm_s16le", "source.avi", ".mp4", 22050, "mono"),
        ("mp2", "source.mkv", ".mp4", 48000, "stereo"),
        ("flac", "source.mkv", ".mov", 44100, "stereo"),
        ("libopus", "source.mkv", ".mov", 48000, "stereo"),
        ("pcm_s16le", "source.mov", ".mp4", 48000, "5.1"),
    ],
)
def test_sound_the_container_does_not_take_is_encoded_once(
    context, tmp_path, codec, name, suffix, rate, layout
):
    source, path = tmp_path / name, tmp_path / f"out{suffix}"
    wave = write(source, codec, rate, layout)
    before = plainly_decoded(source)
    codec_after, rate_after, begin, after = delivered(context, path, (AudioTrack(path=source),))
    assert (codec_after, rate_after, begin) == ("aac", rate, 0)
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        length = stream.duration * stream.time_base
        assert abs(length - (before[2] + Fraction(len(before[3]), rate))) <= Fraction(1, 500)
    heard = [channel for channel in range(wave.shape[0]) if channel != 3 or layout != "5.1"]
    error = np.abs(after[4096:40000, heard] - wave.T[4096:40000, heard])
    assert error.mean() < 0.02


def test_encoded_sound_does_not_shift(context, tmp_path):
    source = tmp_path / "source.mov"
    wave = write(source, "pcm_s16le")
    _, _, begin, after = delivered(context, tmp_path / "out.mp4", (AudioTrack(path=source),))
    assert begin == 0
    assert aligned_by(after[:, 0], wave[0]) == 0


def test_opus_copied_from_webm_shifts_by_less_than_a_millisecond(context, tmp_path):
    source = tmp_path / "source.mkv"
    wave = write(source, "libopus")
    codec, _, _, after = delivered(context, tmp_path / "out.mp4", (AudioTrack(path=source),))
    assert codec == "opus"
    assert abs(aligned_by(after[:, 0], wave[0])) < 48


def test_a_trimmed_clip_has_its_own_part_of_the_sound(context, tmp_path):
    source, path = tmp_path / "source.mov", tmp_path / "out.mov"
    wave = write(source, "pcm_s16le")
    part = trim(clip(50, (AudioTrack(path=source),)), 12, 37)
    waveform, rate = read_audio(part.audio, part.format.duration_s)
    first = round(Fraction(12, 25) * 48000)
    assert (rate, tuple(waveform.shape)) == (48000, (2, 48000))
    assert np.abs(waveform.numpy() - wave[:, first : first + 48000]).max() < 1e-4
    deliver(part, path, context, SETTINGS)
    _, _, begin, after = plainly_decoded(path)
    assert begin == 0
    assert np.abs(after[2048:40000] - wave.T[first + 2048 : first + 40000]).mean() < 0.02
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert abs(stream.duration * stream.time_base - 1) <= Fraction(1, 1000)


def test_a_part_far_inside_is_cut_at_the_exact_sample(tmp_path):
    source = tmp_path / "source.wav"
    wave = write(source, "pcm_s16le", 8000, "mono", seconds=20, pictures=False)
    track = AudioTrack(path=source, start_s=Fraction(29, 3), duration_s=Fraction(7, 3))
    waveform, _ = read_audio((track,), Fraction(7, 3))
    first = round(Fraction(29, 3) * 8000)
    assert waveform.shape[1] == round(Fraction(7, 3) * 8000)
    assert np.abs(waveform.numpy()[0] - wave[0, first : first + waveform.shape[1]]).max() < 1e-4


def test_joined_clips_sound_one_after_another(tmp_path):
    loud, mono = tmp_path / "loud.mov", tmp_path / "mono.mov"
    first = write(loud, "pcm_s16le", 48000, "stereo")
    write(mono, "pcm_s16le", 16000, "mono")
    joined = concatenate(
        [clip(30, (AudioTrack(path=loud),)), clip(10), clip(20, (AudioTrack(path=mono),))]
    )
    waveform, rate = read_audio(joined.audio, joined.format.duration_s)
    sound = waveform.numpy()
    assert (rate, sound.shape) == (48000, (2, 115200))
    assert np.abs(sound[:, :57600] - first[:, :57600]).max() < 1e-4
    assert not sound[:, 57600:76800].any()
    tail = sound[0, 76800:115200]
    ideal = 0.3 * np.sin(2 * np.pi * 220 * np.arange(38400) / 48000)
    scale = np.dot(tail, ideal) / np.dot(ideal, ideal)
    assert 0.6 < scale < 1.05
    assert np.abs(tail - scale * ideal)[100:-100].max() < 0.02


def test_a_waveform_is_delivered_and_read(context, tmp_path):
    wave = torch.from_numpy(tones(44100, 1, 2))
    track = AudioTrack(waveform=wave, sample_rate=44100)
    waveform, rate = read_audio((track,), Fraction(2))
    assert rate == 44100
    assert torch.equal(waveform, wave)
    codec, rate, begin, after = delivered(context, tmp_path / "out.mp4", (track,))
    assert (codec, rate, begin) == ("aac", 44100, 0)
    assert np.abs(after[4096:80000, 0] - wave.numpy()[0, 4096:80000]).mean() < 0.02


def test_silence_is_as_long_as_it_says():
    waveform, rate = read_audio((AudioTrack(duration_s=Fraction(1, 3)),), Fraction(1, 3))
    assert (rate, tuple(waveform.shape)) == (48000, (2, 16000))
    assert not waveform.any()
    assert tuple(read_audio((), Fraction(1, 2))[0].shape) == (2, 24000)


def test_sound_shorter_or_longer_than_asked_is_filled_or_cut(tmp_path):
    source = tmp_path / "source.wav"
    wave = write(source, "pcm_s16le", 8000, "mono", seconds=1, pictures=False)
    longer, _ = read_audio((AudioTrack(path=source),), Fraction(2))
    assert tuple(longer.shape) == (1, 16000)
    assert not longer[:, 8000:].any()
    shorter, _ = read_audio((AudioTrack(path=source),), Fraction(1, 2))
    assert np.abs(shorter.numpy() - wave[:, :4000]).max() < 1e-4


def test_odd_rates_are_encoded_at_48_khz(context, tmp_path):
    track = AudioTrack(waveform=torch.from_numpy(tones(37000, 2, 2)), sample_rate=37000)
    codec, rate, _, after = delivered(context, tmp_path / "out.mp4", (track,))
    assert (codec, rate) == ("aac", 48000)
    assert abs(len(after) - 96000) < 1024


def test_damaged_sound_is_silent_there_and_the_rest_in_time(context, tmp_path, caplog):
    source = tmp_path / "source.mp4"
    wave = write(source, "aac", 44100, "mono")
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = b"\x55" * 3000
    source.write_bytes(content)
    waveform, _ = read_audio((AudioTrack(path=source),), Fraction(11, 5))
    assert "damaged" in caplog.text
    error = np.abs(waveform.numpy()[0] - wave[0])
    assert error[4096:40000].mean() < 0.02
    assert error[80000:95000].mean() < 0.02
    deliver(clip(50, (AudioTrack(path=source),)), tmp_path / "out.mov", context, SETTINGS)
    assert (tmp_path / "out.mov").is_file()


def test_a_missing_file_or_stream_is_named(context, tmp_path):
    with pytest.raises(MediaError, match=r"gone\.wav"):
        read_audio((AudioTrack(path=tmp_path / "gone.wav"),), Fraction(1))
    source = tmp_path / "source.wav"
    write(source, "pcm_s16le", pictures=False)
    with pytest.raises(MediaError, match="stream 3"):
        read_audio((AudioTrack(path=source, stream=3),), Fraction(1))
    with pytest.raises(MediaError, match=r"gone\.wav"):
        deliver(
            clip(5, (AudioTrack(path=tmp_path / "gone.wav"),)),
            tmp_path / "o.mp4",
            context,
            SETTINGS,
        )
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
