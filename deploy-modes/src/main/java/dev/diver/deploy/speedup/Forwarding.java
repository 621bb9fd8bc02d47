package dev.diver.deploy.speedup;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Which system calls are forwarded: b(s) of equation 6. */
public sealed interface Forwarding {

  /** The names of those system calls of the trace that are forwarded. */
  default Set<String> of(Trace trace) {
    return trace.syscalls().stream()
        .map(SyscallUse::name)
        .filter(predicate(trace))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** b(s) for this trace. */
  Predicate<String> predicate(Trace trace);

  /**
   * A part of the distinct system calls that a program makes, as in figures 4 to 9.
   *
   * @param order which come first
   * @param share of the distinct system calls, 0 to 1; the number is rounded to the nearest
   */
  record Share(Order order, double share) implements Forwarding {
    public Share {
      Parameter.share("share of forwarded calls", share);
    }

    @Override
    public Predicate<String> predicate(Trace trace) {
      int number = (int) Math.round(share * trace.syscalls().size());
      return Set.copyOf(order.of(trace).subList(0, number))::contains;
    }
  }

  /** Those with these names. */
  record Listed(Set<String> names) implements Forwarding {
    public Listed {
      names = Set.copyOf(names);
    }

    @Override
    public Predicate<String> predicate(Trace trace) {
      return names::contains;
    }
  }

  /**
   * All that a kernel does not handle itself. A call that is on none of its lists is forwarded,
   * too: that is what a kernel with a delegate does with calls that it does not know.
   */
  record AllBut(Set<String> handled) implements Forwarding {
    public AllBut {
      handled = Set.copyOf(handled);
    }

    @Override
    public Predicate<String> predicate(Trace trace) {
      return name -> !handled.contains(name);
    }
  }
}
