package dev.diver.deploy.trace;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One run of a program on a Linux, as the speedup model sees it: the time it computed (C), and for
 * each system call how often it was made and what that took. Everything is a sum over all threads
 * and children: {@code lifetime} of a program of one thread is its wall time, and
 *
 * <p>lifetime = computation + Σ service
 *
 * <p>which is t_nd of the model (Tauro, Liu and Hale, equation 4).
 *
 * @param command that was run; empty where that is not known
 * @param recorder what recorded it, as {@code strace 6.1} or {@code perf trace 6.1}
 * @param wall from its start to its end, without the recorder's own cost where that is known
 * @param threads that ever lived, children's included; empty where that is not known
 * @param lifetime of all threads, each from its start to its end
 * @param slowdown wall time while recording over wall time without, 1 or a little more; empty where
 *     the program was not run without
 * @param syscalls in descending order of service; no name twice
 */
public record Trace(
    List<String> command,
    String recorder,
    Duration wall,
    OptionalInt threads,
    Duration lifetime,
    OptionalDouble slowdown,
    List<SyscallUse> syscalls) {

  public Trace {
    command = List.copyOf(command);
    syscalls = List.copyOf(syscalls);
    if (wall.isNegative() || lifetime.isNegative()) {
      throw new IllegalArgumentException("wall " + wall + ", lifetime " + lifetime);
    }
  }

  /** Time in all system calls: the sum of g(s). */
  public Duration service() {
    return syscalls.stream().map(SyscallUse::service).reduce(Duration.ZERO, Duration::plus);
  }

  /** C of the model: what is not spent in system calls; never negative. */
  public Duration computation() {
    Duration rest = lifetime.minus(service());
    return rest.isNegative() ? Duration.ZERO : rest;
  }

  /** How many system calls were made. */
  public long calls() {
    return syscalls.stream().mapToLong(SyscallUse::calls).sum();
  }

  /** The same, of this command. */
  Trace of(List<String> program) {
    return new Trace(program, recorder, wall, threads, lifetime, slowdown, syscalls);
  }

  /**
   * The same, next to runs that nobody recorded.
   *
   * @param unrecorded wall time without the recorder
   */
  public Trace beside(Duration unrecorded) {
    return new Trace(
        command,
        recorder,
        unrecorded,
        threads,
        lifetime,
        OptionalDouble.of((double) wall.toNanos() / unrecorded.toNanos()),
        syscalls);
  }
}
