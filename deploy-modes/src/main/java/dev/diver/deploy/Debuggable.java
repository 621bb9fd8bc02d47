package dev.diver.deploy;

/** A mode whose dives a debugger can attach to. */
public interface Debuggable {

  /**
   * The shell command that attaches a debugger to a dive of this plan, with the right symbol files.
   * The plan must come from a request with {@link DiveRequest#debug} set.
   */
  String debuggerCommand(DivePlan plan);
}
