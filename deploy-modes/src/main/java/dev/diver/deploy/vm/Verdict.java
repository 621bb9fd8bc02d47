package dev.diver.deploy.vm;

import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.Outcome;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.spec.KernelSpec.ExitConvention;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Judges a machine that has ended.
 *
 * @param plan that it carried out
 * @param run its folder
 * @param streams of the app
 * @param control of the machine
 * @param lost what ended beside the machine before it should have, in a sentence
 * @param cause why Diver ended it, where it did
 */
record Verdict(
    DivePlan plan,
    RunFolder run,
    Streams streams,
    Control control,
    Optional<String> lost,
    Optional<Outcome> cause) {

  private static final int CONSOLE_TAIL = 64 * 1024;
  private static final int QUOTED = 2000;

  /** As shells and Java code death by a signal. */
  static final int SIGNAL_BASE = 128;

  /**
   * What the dive came to; a Failure where not the guest but QEMU failed.
   *
   * @param status of the QEMU process, 128 + n where signal n killed it
   */
  DiveReport report(int status, Duration wall, Optional<Duration> appStart) throws IOException {
    GuestReport guest = GuestReport.read(run.report());
    Optional<Outcome> told =
        plan.request().spec().exit().convention() == ExitConvention.REPORT
            ? guest.verdict()
            : consoleVerdict();
    Outcome outcome =
        told.or(() -> cause)
            .orElseGet(() -> untold(status, guest, guest.booted() || appStart.isPresent()));
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

  private Optional<Outcome> consoleVerdict() throws IOException {
    return ConsoleVerdict.of(plan.request().spec().exit()).find(consoleText());
  }

  /** The kernel's own line where it has one, else the line that it shares with the app. */
  private String consoleText() throws IOException {
    String log = tail(run);
    return log.isBlank() ? streams.lastOutput() : log;
  }

  /** Nobody said how the app ended. */
  private Outcome untold(int status, GuestReport guest, boolean appStarted) {
    boolean agentGaveUp = guest.agentError().isPresent();
    // an agent gives up, too, where QEMU refused to start: that is the reason then
    boolean machineRefused =
        agentGaveUp
            && plan.hasMachine()
            && !appStarted
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
    Optional<String> reason = control.shutdownReason();
    if (reason.filter("host-signal"::equals).isPresent()) {
      return new Outcome.Stopped(Outcome.Reason.INTERRUPTED);
    }
    if (reason.filter("host-qmp-quit"::equals).isPresent()) {
      return new Outcome.Stopped(Outcome.Reason.REQUESTED);
    }
    String quoted;
    try {
      quoted = Printable.lines(consoleText(), QUOTED).strip();
    } catch (IOException e) {
      quoted = "";
    }
    return appStarted
        ? new Outcome.Panicked(quoted.isEmpty() ? "It ended without a word." : quoted)
        : new Outcome.NeverCameUp(quoted);
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
    return new Failure(
            memory ? Failure.Kind.EXHAUSTED : Failure.Kind.FAILED,
            "QEMU " + how + " in the middle of the dive" + (said.isEmpty() ? "." : ": " + said),
            memory
                ? "Give the dive less memory with --memory."
                : "Check the devices and QEMU arguments that were asked for; --dry-run shows the"
                    + " command.")
        .exception();
  }

  private static String tail(RunFolder run) throws IOException {
    if (!run.console().toFile().exists()) {
      return "";
    }
    try (RandomAccessFile file = new RandomAccessFile(run.console().toFile(), "r")) {
      file.seek(Math.max(0, file.length() - CONSOLE_TAIL));
      byte[] bytes = new byte[CONSOLE_TAIL];
      int length = 0;
      for (int n = file.read(bytes); n > 0; n = file.read(bytes, length, bytes.length - length)) {
        length += n;
      }
      return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
  }
}
