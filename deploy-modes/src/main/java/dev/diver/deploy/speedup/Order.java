package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.rng.sampling.ListSampler;
import org.apache.commons.rng.simple.RandomSource;

/** The order in which a policy takes system calls to forward them (section 3.2, figure 4). */
public sealed interface Order {

  /** The names of all system calls of the trace, the first to be forwarded first. */
  List<String> of(Trace trace);

  /** "Min. frequency": what is called least goes first; alike, by name. */
  record LeastFrequent() implements Order {
    @Override
    public List<String> of(Trace trace) {
      return sorted(trace, Comparator.comparingLong(SyscallUse::calls));
    }
  }

  /** "Max. frequency": what is called most goes first; alike, by name. */
  record MostFrequent() implements Order {
    @Override
    public List<String> of(Trace trace) {
      return sorted(trace, Comparator.comparingLong(SyscallUse::calls).reversed());
    }
  }

  /** A random order: the same for the same seed and the same names. */
  record Shuffled(long seed) implements Order {
    @Override
    public List<String> of(Trace trace) {
      List<String> names =
          trace.syscalls().stream()
              .map(SyscallUse::name)
              .sorted()
              .collect(Collectors.toCollection(ArrayList::new));
      ListSampler.shuffle(RandomSource.XO_SHI_RO_256_PP.create(seed), names);
      return List.copyOf(names);
    }
  }

  private static List<String> sorted(Trace trace, Comparator<SyscallUse> first) {
    return trace.syscalls().stream()
        .sorted(first.thenComparing(SyscallUse::name))
        .map(SyscallUse::name)
        .toList();
  }
}
