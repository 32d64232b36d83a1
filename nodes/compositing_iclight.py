"""The node that has a diffusion model relight the subject."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.compositing.relight.ic_light import relight_with_ic_light
from ..host import io
from .sockets import clip_from, clip_input, matte_from, matte_input, preview_input


class RelightWithIcLight(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotRelightWithIcLight",
            display_name="Relight with IC-Light",
            category="Backlot/Compositing",
            description="Has IC-Light relight key frames of the subject, as the plate is lit or as "
            "a text says, and puts their light on every frame: the subject keeps its detail and "
            "nothing flickers. The key frames are rendered to the store.",
            inputs=[
                clip_input("foreground", "The subject's straight colour."),
                matte_input("matte", "The subject's matte, 1 = subject."),
                io.Model.Input(
                    "model", tooltip="A Stable Diffusion 1.5 model, from Load Checkpoint."
                ),
                io.Vae.Input("vae", tooltip="The VAE of the same checkpoint."),
                io.Conditioning.Input(
                    "positive",
                    tooltip="The subject and its light in words, from CLIP Text Encode: a woman, "
                    "warm evening light from the left.",
                ),
                io.Conditioning.Input(
                    "negative", tooltip="What it must not look like, from CLIP Text Encode."
                ),
                clip_input(
                    "plate",
                    "The new background, as large and long as the clip, or one picture: IC-Light "
                    "(fbc) lights the subject as it is lit. Without it the text alone tells the "
                    "light, by IC-Light (fc).",
                    optional=True,
                ),
                *_numbers(),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(
                    display_name="relit",
                    tooltip="The subject in the new light, for relit of Relight Subject, or to "
                    "composite as it is.",
                ),
                io.Video.Output(
                    display_name="pictures",
                    tooltip="What the model made of each key frame, to judge text and numbers by.",
                ),
            ],
            hidden=[io.Hidden.prompt, io.Hidden.unique_id],
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        model: Any,
        vae: Any,
        positive: Any,
        negative: Any,
        every_frames: int,
        size_px: int,
        steps: int,
        cfg: float,
        denoise: float,
        seed: int,
        sampler: str,
        scheduler: str,
        plate: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        subject, context = clip_from(foreground), host.context()
        diffusion = host.with_ic_light(
            model,
            vae,
            positive,
            negative,
            context,
            sampling=host.Sampling(steps, cfg, denoise, seed, sampler, scheduler),
            with_plate=plate is not None,
            recipe=host.recipe_of(cls.hidden, ("model", "vae", "positive", "negative")),
        )
        done = relight_with_ic_light(
            subject,
            matte_from(matte, subject).alpha,
            diffusion,
            context,
            plate=None if plate is None else clip_from(plate, subject.format.fps),
            every_frames=every_frames,
            size_px=size_px,
        )
        return host.result(
            host.video_of(done.relit),
            host.video_of(done.pictures),
            preview=(done.relit, preview_frame),
            text=done.text,
        )


def _numbers() -> list[Any]:
    """Return the widgets that say how, and how often, a picture is sampled."""
    return [
        io.Int.Input(
            "every_frames",
            default=8,
            min=1,
            max=240,
            tooltip="Most frames from one key frame to the next. More are quicker and steadier, "
            "fewer follow a light that changes.",
        ),
        io.Int.Input(
            "size_px",
            default=768,
            min=128,
            max=2048,
            step=64,
            tooltip="Longer side of the pictures the model makes, in pixels; only their light is "
            "taken, so more hardly pays.",
        ),
        io.Int.Input(
            "steps", default=20, min=1, max=200, tooltip="Steps of the sampler for a picture."
        ),
        io.Float.Input(
            "cfg",
            default=2.0,
            min=0.0,
            max=30.0,
            step=0.1,
            tooltip="How closely the text is followed; IC-Light wants little.",
        ),
        io.Float.Input(
            "denoise",
            default=1.0,
            min=0.05,
            max=1.0,
            step=0.05,
            tooltip="How much of a picture is made anew; less keeps more of the old light.",
        ),
        io.Int.Input(
            "seed",
            default=0,
            min=0,
            max=0xFFFFFFFFFFFFFFFF,
            control_after_generate=False,
            tooltip="Of the noise, which is the same for each picture.",
        ),
        io.Combo.Input(
            "sampler",
            options=list(host.SAMPLERS),
            default=host.SAMPLERS[0],
            tooltip="ComfyUI's samplers that fit; lcm is for a model with an LCM LoRA.",
        ),
        io.Combo.Input(
            "scheduler",
            options=list(host.SCHEDULERS),
            default=host.SCHEDULERS[0],
            tooltip="How the noise falls from step to step, by ComfyUI's names.",
        ),
    ]


NODES = [RelightWithIcLight]
