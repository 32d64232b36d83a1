"""Tiny networks with random weights, saved as they are published, and a clip to show them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch

FPS = Fraction(25)
SIZE = (160, 90)
SIDE = 128


def moving_frames(count, size=SIZE, seed=0):
    """Return (T, H, W, 3) uint8 of a bright disc that crosses a texture."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 140, (size[1] // 8 + 1, size[0] // 8 + 1, 3), dtype=np.uint8)
    ground = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    frames = []
    for at in range(count):
        frame = ground.copy()
        centre = int(size[0] * (0.3 + 0.01 * (at % 40))), size[1] // 2
        cv2.circle(frame, centre, size[1] // 4, (230, 190, 150), -1)
        frames.append(frame)
    return np.stack(frames)


@pytest.fixture(scope="session")
def frames():
    return moving_frames


@pytest.fixture
def clip_of():
    from backlot.engine.clip.operations import ArrayClip

    def build(count, size=SIZE, seed=0):
        return ArrayClip(moving_frames(count, size, seed), FPS)

    return build


@pytest.fixture(scope="session")
def sam2_folder(tmp_path_factory):
    """The folder of a tiny SAM 2 video network."""
    transformers = pytest.importorskip("transformers", minversion="4.56")
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=12,
        num_attention_heads=1,
        image_size=[SIDE, SIDE],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[12, 24, 48, 96],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 4, 2],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[7, 7],
    )
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[96, 48, 24, 12],
        backbone_feature_sizes=[[SIDE // 4] * 2, [SIDE // 8] * 2, [SIDE // 16] * 2],
        fpn_hidden_size=128,
    )
    config = transformers.Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={
            "hidden_size": 128,
            "image_size": SIDE,
            "patch_size": 16,
            "mask_input_channels": 8,
        },
        mask_decoder_config={
            "hidden_size": 128,
            "mlp_dim": 64,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 32,
        },
        image_size=SIDE,
        memory_attention_hidden_size=128,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=64,
        memory_attention_rope_feat_sizes=[SIDE // 16] * 2,
        memory_encoder_hidden_size=128,
        memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=128,
        memory_fuser_num_layers=1,
        memory_fuser_embed_dim=128,
        memory_fuser_intermediate_dim=64,
    )
    place = tmp_path_factory.mktemp("models") / "sam2.1-hiera-small"
    with torch.random.fork_rng(), torch.no_grad():
        torch.random.manual_seed(1)
        model = transformers.Sam2VideoModel(config).eval()
        for weights in model.parameters():
            weights.add_(0.02 * torch.randn(weights.shape))
        # What random weights say is faint: masks must lie on both sides of a half.
        for head in model.mask_decoder.output_hypernetworks_mlps:
            head.proj_out.weight.mul_(400.0)
            head.proj_out.bias.mul_(400.0)
    model.save_pretrained(place)
    return place


@pytest.fixture
def with_models(context):
    """Return what makes a context that finds models in folders."""

    def build(*folders):
        return replace(context, model_folders=tuple(folders))

    return build


@pytest.fixture(scope="session")
def grounding_dino_folder(tmp_path_factory):
    """The folder of a tiny Grounding DINO with a tokenizer of a few words."""
    transformers = pytest.importorskip("transformers", minversion="4.56")
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    place = tmp_path_factory.mktemp("models") / "grounding-dino-tiny"
    config = transformers.GroundingDinoConfig(
        backbone_config=transformers.SwinConfig(
            embed_dim=12,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            image_size=64,
            out_features=["stage2", "stage3", "stage4"],
        ),
        text_config=transformers.BertConfig(
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            vocab_size=1200,
            max_position_embeddings=64,
        ),
        num_queries=20,
        encoder_layers=1,
        decoder_layers=2,
        d_model=32,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_n_points=2,
        decoder_n_points=2,
        max_text_len=32,
        disable_custom_kernels=True,
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.random.manual_seed(2)
        model = transformers.GroundingDinoForObjectDetection(config).eval()
        for weights in model.parameters():
            weights.add_(0.05 * torch.randn(weights.shape))
    model.save_pretrained(place)
    # The network knows these numbers by heart: they part the things that are named.
    known = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, ".": 1012, "?": 1029}
    known |= {word: 200 + at for at, word in enumerate(("a", "woman", "dog", "the", "red", "in"))}
    known |= {f"[unused{at}]": at for at in range(1200) if at not in set(known.values())}
    tokens = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokens.normalizer = normalizers.Lowercase()
    tokens.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokens.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 101), ("[SEP]", 102)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(place)
    return place


@pytest.fixture(scope="session")
def vitmatte_folder(tmp_path_factory):
    """The folder of a tiny ViTMatte."""
    transformers = pytest.importorskip("transformers", minversion="4.56")
    place = tmp_path_factory.mktemp("models") / "vitmatte-small-composition-1k"
    backbone = transformers.VitDetConfig(
        num_channels=4,
        image_size=64,
        patch_size=16,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        out_features=["stage2"],
        residual_block_indices=[],
        window_block_indices=[0],
        window_size=2,
        use_absolute_position_embeddings=True,
        use_relative_position_embeddings=True,
    )
    config = transformers.VitMatteConfig(
        backbone_config=backbone,
        hidden_size=32,
        convstream_hidden_sizes=[8, 16, 16],
        fusion_hidden_sizes=[32, 16, 16, 8],
    )
    with torch.random.fork_rng(), torch.no_grad():
        torch.random.manual_seed(4)
        model = transformers.VitMatteForImageMatting(config).eval()
        for weights in model.parameters():
            weights.add_(0.1 * torch.randn(weights.shape))
        # What random weights say of a pixel hardly differs from what they say of the next.
        *_, last = (one for one in model.decoder.modules() if isinstance(one, torch.nn.Conv2d))
        last.weight.mul_(100.0)
    model.save_pretrained(place)
    return place


@pytest.fixture
def published(monkeypatch, tmp_path):
    """Return what writes a file and a manifest that says it is what was published."""
    import hashlib
    import json
    import shutil

    from backlot.engine.models import manifest as module

    manifests = tmp_path / "manifests"
    shutil.copytree(module.MANIFESTS, manifests)
    monkeypatch.setattr(module, "MANIFESTS", manifests)

    def publish(model_id, write):
        path = manifests / f"{model_id}.json"
        known = json.loads(path.read_text(encoding="utf-8"))
        place = tmp_path / "models" / known["folder"]
        place.mkdir(parents=True, exist_ok=True)
        target = place / known["files"][0]["path"]
        write(target)
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        known["files"][0] |= {"sha256": digest, "size_bytes": target.stat().st_size}
        path.write_text(json.dumps(known), encoding="utf-8")
        module.read_manifest.cache_clear()
        return tmp_path / "models"

    yield publish
    module.read_manifest.cache_clear()


def save_script(module, path):
    """Write a module as a TorchScript archive, as its publisher would."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(module).save(str(path))


def save_onnx(path, weights=(0.3, 0.5, 0.2), bias=0.0, side=None, squash=False):
    """Write a network of one convolution in the ONNX format."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper

    sides = [side, side] if side else ["height", "width"]
    given = helper.make_tensor_value_info("input_image", TensorProto.FLOAT, [1, 3, *sides])
    said = helper.make_tensor_value_info("output_image", TensorProto.FLOAT, [1, 1, *sides])
    nodes = [helper.make_node("Conv", ["input_image", "w", "b"], ["odds"])]
    kind = "Sigmoid" if squash else "Identity"
    nodes.append(helper.make_node(kind, ["odds"], ["output_image"]))
    values = [
        helper.make_tensor("w", TensorProto.FLOAT, [1, 3, 1, 1], list(weights)),
        helper.make_tensor("b", TensorProto.FLOAT, [1], [bias]),
    ]
    graph = helper.make_graph(nodes, "tiny", [given], [said], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, str(path))


@pytest.fixture
def scripted():
    return save_script


@pytest.fixture
def onnx_file():
    pytest.importorskip("onnxruntime")
    return save_onnx
