"""The live program's threads: frames are read in one, tracked in another, and the window polls the newest result."""

from app.pipeline.playback import Playback
from app.pipeline.state import Latest, OutputStatus, Phase, PipelineState
from app.pipeline.stats import PipelineStats, RateMeter
from app.pipeline.workers import Pipeline

__all__ = ["Latest", "OutputStatus", "Phase", "Pipeline", "PipelineState", "PipelineStats", "Playback", "RateMeter"]
