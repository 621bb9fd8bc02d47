package dev.diver.deploy.hypervisor;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.SharedStreams;
import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.elf.ElfFile;
import dev.diver.kernels.elf.StreamNote;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Protocol;
import dev.diver.kernels.spec.MemorySize;
import java.util.ArrayList;
import java.util.List;

/** What a kernel is told of streams in shared memory, and whether it would understand. */
public final class StreamWords {

  private StreamWords() {}

  /** Words for its command line, before all others. */
  public static List<String> of(SharedStreams streams, List<SharedMemory> shared) {
    List<String> words = new ArrayList<>();
    for (SharedMemory memory : shared) {
      boolean in = words.isEmpty() && streams.in().isPresent();
      words.add("diver.stream-" + (in ? "in=" : "out=") + memory.start() + ":" + memory.bytes());
    }
    return words;
  }

  /** UNSUPPORTED where the kernel has no streams in shared memory. */
  public static void require(DiveRequest request, KernelSpec.ModeNeeds needs) {
    if (request.overrides().streams().isEmpty()) {
      return;
    }
    KernelSpec spec = request.spec();
    if (spec.boot().protocol() != Protocol.PVH) {
      throw StreamNote.unsupported(spec.name());
    }
    StreamNote.require(ElfFile.read(request.image()), spec.name());
    long all = SharedMemory.sum(SharedMemory.of(request.overrides().streams(), SharedMemory.START));
    long memory = request.memory().orElse(needs.memory()).bytes();
    if (memory <= SharedMemory.START) {
      throw RequestCheck.invalid(
          new MemorySize(memory) + " of memory is too little for one with streams.",
          "Give more than " + new MemorySize(SharedMemory.START) + ".");
    }
    RequestCheck.fits(memory + all, "--memory");
  }
}
