package dev.diver.deploy.pipeline;

import dev.diver.kernels.net.Net;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import dev.diver.kernels.spec.ModeName;
import java.util.List;
import java.util.Optional;

/**
 * What a run of a stage takes of the machine.
 *
 * @param mode how it is deployed; empty for a command
 * @param cores for itself: its own, and those of a Linux or a delegate beside it
 * @param named some of them, by their numbers
 * @param memory in bytes
 */
record Demand(Optional<String> mode, int cores, List<Integer> named, long memory) {

  /** What a dive is reckoned with that does not say: what most kernels' specs have. */
  private static final long USUAL_MEMORY = 256L << 20;

  static Demand of(Pipeline pipeline, Stage stage) {
    if (!stage.isDive()) {
      Cores cores = stage.cpus().orElse(new Cores(1, List.of()));
      return new Demand(
          Optional.empty(),
          cores.count(),
          cores.which(),
          stage.memory().map(MemorySize::bytes).orElse(0L));
    }
    Optional<Net> built = pipeline.net(stage);
    Net.Dive net = built.map(Net::dive).orElse(Net.Dive.NONE);
    String mode = stage.divedIn(built);
    int own = stage.cpus().map(Cores::count).or(() -> net.cpus().map(CpuList::count)).orElse(1);
    int beside =
        switch (mode) {
          case ModeName.PARTITIONED_VM -> net.gposCpus().map(CpuList::count).orElse(1);
          case ModeName.EMULATED -> 1; // the thread that executes its calls
          default -> stage.delegate() || net.delegate() ? 1 : 0;
        };
    long memory =
        stage.memory().or(net::memory).map(MemorySize::bytes).orElse(USUAL_MEMORY)
            + (mode.equals(ModeName.PARTITIONED_VM)
                ? net.gposMemory().map(MemorySize::bytes).orElse(USUAL_MEMORY)
                : 0);
    return new Demand(
        Optional.of(mode), own + beside, stage.cpus().map(Cores::which).orElse(List.of()), memory);
  }
}
