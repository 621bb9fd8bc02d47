package dev.diver.deploy.vm;

import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Judges a machine that has ended.
 *
 * @param plan that it carried out
 * @param run its folder
 * @param streams of the app
 * @param consoles of the machine
 * @param control of the machine
 * @param lost what ended beside the machine before it should have, in a sentence
 * @param cause why Diver ended it, where it did
 */
record Verdict(
    DivePlan plan,
    RunFolder run,
    Streams streams,
    Consoles consoles,
    Control control,
    Optional<String> lost,
    Optional<Outcome> cause) {

  /** As shells and Java code death by a signal. */
  static final int SIGNAL_BASE = 128;

  /**
   * What the dive came to; a Failure where not the guest but QEMU failed.
   *
   * @param status of the QEMU process, 128 + n where signal n killed it
   */
  DiveReport report(int status, Duration wall, Optional<Duration> appStart) throws IOException {
    consoles.look();
    GuestReport guest = GuestReport.read(run.report());
    boolean up =
        guest.booted() || appStart.isPresent() || new AppStart(spec(), run, consoles).seen();
    Outcome outcome =
        spec().exit().convention() == ExitConvention.REPORT
            ? guest.verdict().or(() -> cause).orElseGet(() -> untold(status, guest, up))
            : byConvention(status, guest, up);
    return new DiveReport(
        plan.name(),
        plan.mode(),
        plan.request().kernel(),
        Faults.located(outcome, plan.request().app(), guest.appBase()),
        wall,
        appStart,
        guest.boot(),
        guest.run(),
        guest.calls(),
        guest.memory(),
        guest.delegate());
  }

  private KernelSpec spec() {
    return plan.request().spec();
  }

  /** How the machine ended, whatever that means for its app. */
  MachineEnd end(int status) {
    boolean debugExit = spec().exit().debugExit().isPresent() && control.ready();
    // who is ended and then killed has removed its file
    boolean killed = run.pidFile().toFile().exists() || cause.isPresent();
    return MachineEnd.of(status, debugExit, killed, control.shutdownReason());
  }

  private Outcome byConvention(int status, GuestReport guest, boolean up) {
    MachineEnd end = end(status);
    ConventionVerdict verdict = new ConventionVerdict(spec(), consoles, end, up);
    return verdict
        .told()
        .or(() -> cause)
        .orElseGet(
            () ->
                switch (end) {
                  case MachineEnd.Asked _, MachineEnd.Failed _ -> untold(status, guest, up);
                  default -> verdict.untold();
                });
  }

  /** Nobody said how the app ended. */
  private Outcome untold(int status, GuestReport guest, boolean up) {
    boolean agentGaveUp = guest.agentError().isPresent();
    // an agent gives up, too, where QEMU refused to start: that is the reason then
    boolean machineRefused =
        agentGaveUp
            && plan.hasMachine()
            && !up
            && (status > 0 && status < SIGNAL_BASE)
            && !streams.machineMessages().isEmpty();
    if (machineRefused) {
      throw machineFailed(status);
    }
    if (lost.isPresent() || (agentGaveUp && (status == 0 || !plan.hasMachine()))) {
      throw delegateFailed(guest, lost);
    }
    if (status != 0) {
      throw plan.hasMachine() ? machineFailed(status) : delegateFailed(guest, ended(status));
    }
    if (end(status) instanceof MachineEnd.Asked(boolean bySignal)) {
      return new Outcome.Stopped(bySignal ? Outcome.Reason.INTERRUPTED : Outcome.Reason.REQUESTED);
    }
    String words = consoles.lastWords();
    return up
        ? new Outcome.Panicked(words.isEmpty() ? "It ended without a word." : words)
        : new Outcome.NeverCameUp(
            "The machine ended before the kernel had started the app.",
            words,
            "",
            spec().boot().hints());
  }

  /** Without a machine the agent is all that there is. */
  private static Optional<String> ended(int status) {
    return Optional.of(
        "The delegate agent " + Companions.ending(status) + " in the middle of the dive.");
  }

  private static RuntimeException delegateFailed(GuestReport guest, Optional<String> otherwise) {
    String what =
        guest
            .agentError()
            .map(message -> "The delegate agent gave up: " + message)
            .or(() -> otherwise)
            .orElseThrow();
    return new Failure(
            Failure.Kind.FAILED,
            what,
            "Dive it again; diver doctor says what delegation lacks here.")
        .exception();
  }

  private RuntimeException machineFailed(int status) {
    String said = streams.machineMessages();
    String how = Companions.ending(status);
    boolean memory = said.contains("cannot set up guest memory");
    String when = control.ready() ? " in the middle of the dive" : " before it started the machine";
    return new Failure(
            memory ? Failure.Kind.EXHAUSTED : Failure.Kind.FAILED,
            "QEMU " + how + when + (said.isEmpty() ? "." : ": " + said),
            memory
                ? "Give the dive less memory with --memory."
                : "Check the devices and QEMU arguments that were asked for; --dry-run shows the"
                    + " command.")
        .exception();
  }
}
