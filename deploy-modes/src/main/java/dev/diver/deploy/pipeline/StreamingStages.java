package dev.diver.deploy.pipeline;

import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.elf.StreamNote;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.net.Net;
import dev.diver.kernels.spec.ModeName;
import dev.diver.kernels.store.KernelStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which stages can have streams in shared memory: dives in sealed full VMs and in partitioned VMs,
 * on a kernel of the local store whose image says that it has them. Any other is joined by pipes.
 */
public final class StreamingStages {

  private StreamingStages() {}

  /** Their names. */
  public static Set<String> of(Pipeline pipeline, KernelStore store) {
    return pipeline.stages().entrySet().stream()
        .filter(stage -> stage.getValue().isDive() && has(pipeline, stage.getValue(), store))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static boolean has(Pipeline pipeline, Stage stage, KernelStore store) {
    Optional<Net> net = pipeline.net(stage);
    Net.Dive said = net.map(Net::dive).orElse(Net.Dive.NONE);
    String mode = stage.divedIn(net);
    boolean sealed = mode.equals(ModeName.FULL_VM) && !stage.delegate() && !said.delegate();
    return (sealed || mode.equals(ModeName.PARTITIONED_VM))
        && stage
            .kernel(net)
            .flatMap(store::find)
            .filter(kernel -> says(store.image(kernel)))
            .isPresent();
  }

  private static boolean says(Path image) {
    try {
      return ElfFile.read(image)
          .streams()
          .filter(note -> note.version() == StreamNote.VERSION)
          .isPresent();
    } catch (DiverException e) {
      return false; // no ELF file
    }
  }
}
