package dev.diver.deploy.validation;

import dev.diver.deploy.trace.SyscallUse;
import dev.diver.deploy.trace.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A trace as the clock on the wall sees it. The model knows one thread (section 3), and a trace
 * adds up all: a compiler that waits for its assembler lives for the assembler's time as well, and
 * a thread that sleeps in the background for the whole of the run. Such waiting lies beside what
 * the others do and makes no run longer.
 */
final class CriticalPath {

  /** Calls in which a thread waits for others, or for time to pass. */
  private static final Set<String> WAITING =
      Set.of(
          "wait4",
          "waitid",
          "futex",
          "poll",
          "ppoll",
          "select",
          "pselect6",
          "epoll_wait",
          "epoll_pwait",
          "epoll_pwait2",
          "nanosleep",
          "clock_nanosleep",
          "pause",
          "rt_sigtimedwait",
          "rt_sigsuspend",
          "vfork",
          "clone",
          "clone3");

  private CriticalPath() {}

  /**
   * The same run with as much waiting taken away, the longest first, as the threads' lifetimes
   * exceed the wall time; less where they wait less than that, since then they compute at the same
   * time.
   */
  static Trace of(Trace trace) {
    Duration excess = trace.lifetime().minus(trace.wall());
    List<SyscallUse> left = new ArrayList<>();
    Duration taken = Duration.ZERO;
    for (SyscallUse use : trace.syscalls()) {
      Duration less =
          WAITING.contains(use.name()) ? least(use.service(), excess.minus(taken)) : Duration.ZERO;
      taken = taken.plus(less);
      left.add(
          less.isZero()
              ? use
              : new SyscallUse(
                  use.name(), use.calls(), use.service().minus(less), Optional.empty()));
    }
    left.sort((a, b) -> b.service().compareTo(a.service()));
    return new Trace(
        trace.command(),
        trace.recorder(),
        trace.wall(),
        trace.threads(),
        trace.lifetime().minus(taken),
        trace.slowdown(),
        left);
  }

  private static Duration least(Duration service, Duration excess) {
    if (excess.isNegative()) {
      return Duration.ZERO;
    }
    return service.compareTo(excess) < 0 ? service : excess;
  }
}
