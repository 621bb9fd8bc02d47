package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Style;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveReport.SyscallCount;
import dev.diver.deploy.Outcome;
import dev.diver.kernels.failure.Failure;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What is said of a dive that has ended, and what Diver's exit status becomes. */
final class DiveSummary {

  /** As shells code death by a signal. */
  private static final int SIGNAL_BASE = 128;

  private static final int SIGPIPE = 13;

  private static final int MOST_CALLS = 8;

  /** Names of the signals that end programs (signal(7), x86-64). */
  private static final Map<Integer, String> SIGNALS =
      Map.of(
          4, "SIGILL", 5, "SIGTRAP", 6, "SIGABRT", 7, "SIGBUS", 8, "SIGFPE", 9, "SIGKILL", 11,
          "SIGSEGV", SIGPIPE, "SIGPIPE", 15, "SIGTERM");

  private DiveSummary() {}

  /** Maps the outcome to Diver's exit status; says what it was where the status does not. */
  static int status(Outcome outcome, Shell shell) {
    return switch (outcome) {
      case Outcome.Exited(int status) -> status;
      // as a shell has it of a program that writes on when nobody reads
      case Outcome.Signalled(int signal, _, _, _, _) when signal == SIGPIPE ->
          ExitCode.BROKEN_PIPE.status();
      case Outcome.Signalled signalled -> {
        shell.say(killed(signalled));
        yield SIGNAL_BASE + signalled.signal();
      }
      case Outcome.TimedOut timedOut -> {
        shell.say(timedOut(timedOut));
        yield ExitCode.TIMEOUT.status();
      }
      case Outcome.Stopped(Outcome.Reason reason) -> stopped(reason, shell);
      case Outcome.Panicked(String message) ->
          failed("The kernel panicked: " + message, "Report it to the kernel's publisher.", shell);
      case Outcome.Refused(String message) ->
          failed(
              "The kernel cannot run this app: " + message,
              "Give it an x86-64 executable that fits into its memory (-m); in a sealed machine one"
                  + " that is linked with -static.",
              shell);
      case Outcome.NeverCameUp never ->
          failed(
              "The kernel never started the app. " + seen(never),
              hints(never)
                  .orElse(
                      "Give it more memory with -m, or look at the machine with --dry-run and"
                          + " --debug."),
              shell);
      case Outcome.Untold(String how, String console) ->
          failed(
              "Nothing told how the app ended. " + how + quoted("The last it said was:", console),
              "Correct [exit] in the kernel's kernel.toml: what it prints when the app succeeds and"
                  + " when it fails, or what a power-off and a reset mean.",
              shell);
    };
  }

  private static int stopped(Outcome.Reason reason, Shell shell) {
    return switch (reason) {
      case INTERRUPTED -> ExitCode.INTERRUPTED.status();
      case READER_GONE -> ExitCode.BROKEN_PIPE.status();
      case REQUESTED -> failed("The dive was stopped.", "Dive it again when you need it.", shell);
      case LOG_LIMIT ->
          failed(
              "The kernel wrote more to its log than a dive may.",
              "Look at the end of it with diver logs, and report it to the kernel's publisher.",
              shell);
    };
  }

  private static Failure timedOut(Outcome.TimedOut timedOut) {
    String what =
        "The dive was ended after its timeout of " + Quantity.time(timedOut.timeout()) + ".";
    return new Failure(
        Failure.Kind.INTERRUPTED,
        what
            + timedOut.beforeUp().map(never -> " The kernel was not up: " + seen(never)).orElse(""),
        timedOut
            .beforeUp()
            .flatMap(DiveSummary::hints)
            .orElse(
                "Give it more time with --timeout, or find out with --debug why it does not end."));
  }

  private static String seen(Outcome.NeverCameUp never) {
    return never.how()
        + quoted("The last it said was:", never.console())
        + quoted("On its screen is:", never.screen());
  }

  private static Optional<String> hints(Outcome.NeverCameUp never) {
    return Optional.of(never.hints())
        .filter(hints -> !hints.isEmpty())
        .map(hints -> "Its publisher says: " + String.join("; ", hints));
  }

  private static String quoted(String before, String text) {
    return text.isBlank() ? "" : "\n" + before + "\n" + text.strip();
  }

  private static int failed(String what, String remedy, Shell shell) {
    shell.say(new Failure(Failure.Kind.FAILED, what, remedy));
    return ExitCode.FAILURE.status();
  }

  private static Failure killed(Outcome.Signalled killed) {
    String name =
        SIGNALS.containsKey(killed.signal()) ? " (" + SIGNALS.get(killed.signal()) + ")" : "";
    return new Failure(
        Failure.Kind.FAILED,
        "The app was killed by signal "
            + killed.signal()
            + name
            + killed.symbol().map(symbol -> " in " + symbol).orElse("")
            + killed.faultAddress().map(address -> ", at address " + address).orElse("")
            + ".",
        killed.registers().isEmpty()
            ? "Follow it with a debugger."
            : "Follow it with --debug; --report shows its registers.");
  }

  /** The report for a person. */
  static void say(DiveReport report, Shell shell) {
    line(shell, "dive", report.name() + ": " + report.kernel() + " in " + report.mode());
    line(shell, "outcome", words(report.outcome()) + " after " + Quantity.time(report.wall()));
    report
        .appStart()
        .ifPresent(
            start ->
                line(
                    shell,
                    "app",
                    "started after "
                        + Quantity.time(start)
                        + report
                            .boot()
                            .map(b -> " (kernel boot " + Quantity.time(b) + ")")
                            .orElse("")
                        + report.run().map(r -> ", ran " + Quantity.time(r)).orElse("")));
    syscalls(report.syscalls(), shell);
    forwarded(report, shell);
    report.emulation().ifPresent(use -> emulated(use, shell));
    report
        .memory()
        .ifPresent(
            use ->
                line(
                    shell,
                    "memory",
                    Quantity.bytes(use.peak())
                        + " at most of "
                        + Quantity.bytes(use.total())
                        + ", heap "
                        + Quantity.bytes(use.heap())));
    if (report.outcome() instanceof Outcome.Signalled killed && !killed.registers().isEmpty()) {
      line(
          shell,
          "registers",
          killed.registers().entrySet().stream()
              .map(register -> register.getKey() + "=" + register.getValue())
              .collect(Collectors.joining(" ")));
    }
  }

  private static void forwarded(DiveReport report, Shell shell) {
    long forwarded = report.syscalls().stream().mapToLong(SyscallCount::forwarded).sum();
    if (forwarded > 0) {
      DiveReport.Cost cost = report.cost();
      line(
          shell,
          "forwarded",
          forwarded + " (" + most(report.syscalls(), SyscallCount::forwarded) + ")");
      line(
          shell,
          "which took",
          Quantity.time(cost.forwarding())
              + " forwarding, "
              + Quantity.time(cost.service())
              + " service, "
              + Quantity.time(cost.waiting())
              + " waiting"
              + report
                  .shareOfRun()
                  .map(s -> String.format(Locale.ROOT, "; %.1f %% of the run", 100 * s))
                  .orElse(""));
    }
    String refused =
        report.delegate().map(DiveReport.DelegateUse::refused).orElse(Map.of()).entrySet().stream()
            .map(call -> call.getKey() + " " + call.getValue())
            .collect(Collectors.joining(", "));
    if (!refused.isEmpty()) {
      line(shell, "refused", refused + " (by the agent)");
    }
  }

  private static void emulated(DiveReport.EmulationUse use, Shell shell) {
    line(
        shell,
        "emulated",
        "round trip "
            + Quantity.time(use.roundTrip())
            + " by "
            + use.mechanism()
            + " (floor "
            + use.floor().toNanos()
            + " ns"
            + "), delegates on core "
            + use.core());
    use.outside().forEach((path, why) -> line(shell, "outside", path + ": " + why));
  }

  private static String most(List<SyscallCount> calls, ToLongFunction<SyscallCount> count) {
    return calls.stream()
        .filter(call -> count.applyAsLong(call) > 0)
        .sorted(Comparator.comparingLong(count).reversed())
        .limit(MOST_CALLS)
        .map(call -> call.name() + " " + count.applyAsLong(call))
        .collect(Collectors.joining(", "));
  }

  private static void syscalls(List<SyscallCount> calls, Shell shell) {
    if (!calls.isEmpty()) {
      long all = calls.stream().mapToLong(SyscallCount::all).sum();
      String local = most(calls, SyscallCount::local);
      line(shell, "syscalls", all + (local.isEmpty() ? "" : " (" + local + ")"));
    }
    String unsupported =
        calls.stream()
            .filter(call -> call.unsupported() > 0)
            .map(call -> call.name() + " " + call.unsupported())
            .collect(Collectors.joining(", "));
    if (!unsupported.isEmpty()) {
      line(shell, "unserved", unsupported + " (answered ENOSYS)");
    }
  }

  private static String words(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Exited(int status) -> "exit status " + status;
      case Outcome.Signalled killed -> "killed by signal " + killed.signal();
      case Outcome.Panicked _ -> "kernel panic";
      case Outcome.Refused _ -> "app refused";
      case Outcome.TimedOut _ -> "timeout";
      case Outcome.Stopped _ -> "stopped";
      case Outcome.NeverCameUp _ -> "kernel never came up";
      case Outcome.Untold _ -> "ended, and nothing told how";
    };
  }

  private static void line(Shell shell, String label, String value) {
    shell.say(
        Style.DIM.of(label + " ".repeat(Math.max(1, 11 - label.length())), shell.colorErr())
            + dev.diver.cli.output.Plain.line(value));
  }
}
