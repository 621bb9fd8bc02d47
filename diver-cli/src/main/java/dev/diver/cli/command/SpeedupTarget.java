package dev.diver.cli.command;

import dev.diver.deploy.speedup.Split;
import dev.diver.deploy.trace.Trace;
import java.util.Map;
import java.util.Set;

/**
 * A system that a program's speedup is projected for.
 *
 * @param name a mode, a published system, or what the user has given
 * @param roundTripNanos 2·f_c
 * @param forwarded those of the program's system calls that it forwards
 * @param localNanos what one call takes there, for local calls that were measured
 * @param rule where it is known from what is forwarded
 */
record SpeedupTarget(
    String name,
    double roundTripNanos,
    Set<String> forwarded,
    Map<String, Double> localNanos,
    String rule) {

  Split split(Trace trace) {
    return Split.of(trace, forwarded, localNanos);
  }
}
