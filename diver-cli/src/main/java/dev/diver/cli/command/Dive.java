package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.Debuggable;
import dev.diver.deploy.DeployMode;
import dev.diver.deploy.DiveConsole;
import dev.diver.deploy.DivePlan;
import dev.diver.deploy.DiveReport;
import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.RunningDive;
import dev.diver.deploy.run.Detached;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.kernels.failure.IoFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code diver dive}. */
final class Dive implements Verb {

  /** What Diver gives itself when it runs a detached dive in the background. */
  private static final String SUPERVISED = "--supervised";

  @Override
  public void describe(Page page) {
    page.description(
            """
            Boots a net and runs its app: its output comes as it is written, standard input is \
            passed on, and the app's exit status becomes Diver's. A net that is not built, or not \
            up to date, is built first. A static Linux executable can be dived without a project, \
            with any kernel that runs Linux executables; a kernel that is not here is pulled.

            What is given here goes before what net.toml says; devices, disks, consoles and QEMU \
            arguments are added to it.\
            """)
        .optionalArgument(
            "NET|EXECUTABLE", "a folder with net.toml (default: here), or a static executable")
        .option("--kernel", "REF", "the kernel for an executable")
        .option("--mode", "MODE", "how to deploy it (default full-vm)")
        .option("-c, --cpus", "N", "how many cores (default 1)")
        .option("-m, --memory", "SIZE", "memory of the machine, as in 512M")
        .repeated("-e, --env", "K=V", "a variable of the app; K alone passes yours on")
        .option("--timeout", "TIME", "end the dive after so many seconds, or as in 5m; status 124")
        .flag("-d, --detach", "run in the background and print the dive's name")
        .option("--name", "NAME", "the dive's name (default: made up)")
        .flag("--dry-run", "print the commands that would run, and run nothing")
        .flag("--debug", "start halted and print the command that attaches gdb")
        .repeated("--device", "DEVICE", "a QEMU -device value")
        .repeated("--disk", "FILE", "a raw or qcow2 disk")
        .repeated("--console", "CHARDEV", "a QEMU -serial value")
        .repeated("--qemu-arg", "WORD", "a word for QEMU's command line, as it is")
        .flag("--report", "print the report at the end, also where there is no terminal")
        .option("--report-file", "FILE", "write the report to a file, as JSON")
        .flag("-q, --quiet", "do not print the report")
        .catalog()
        .hidden(SUPERVISED)
        .appArguments()
        .example("Build and dive the net in this folder with the argument 512", "dive -- 512")
        .example("Dive an executable without a project", "dive --kernel remora ./prog -- args")
        .example("Give it more, but no more than a minute", "dive -m 1G --timeout 60 stencil")
        .example("Run it in the background and look at it later", "dive -d --name job stencil")
        .example("See exactly what would run", "dive --dry-run stencil")
        .example("Start it under a debugger", "dive --debug stencil");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    Optional<String> supervised = given.value(SUPERVISED);
    if (given.has("--detach") && supervised.isEmpty() && !given.has("--dry-run")) {
      return detach(given, shell);
    }
    DiveTarget target = DiveTarget.of(given, shell);
    DeployMode mode = DeployMode.named(target.mode(given));
    DiveRequest request = target.request(given, supervised, shell);
    DivePlan plan = mode.plan(request);
    if (given.has("--dry-run")) {
      shell.print(plan.toShell());
      return 0;
    }
    DiveConsole console =
        supervised.isPresent()
            ? detachedConsole(DiveList.of(shell).named(supervised.get()))
            : new DiveConsole(shell.in(), shell.out(), shell.err());
    try (RunningDive dive = mode.launch(plan, console)) {
      if (request.debug() && mode instanceof Debuggable debuggable) {
        shell.sayDoing("Debug", debuggable.debuggerCommand(dive.plan()));
      }
      return ended(dive.await(), given, shell);
    }
  }

  /** The same command once more, in the background; returns when the dive runs. */
  private static int detach(Given given, Shell shell) throws IOException, InterruptedException {
    String name =
        given
            .value("--name")
            .orElseGet(() -> DiveList.of(shell).freeName(DiveTarget.stem(given, shell)));
    List<String> command = new ArrayList<>(Launcher.command());
    command.addAll(List.of("dive", SUPERVISED, name));
    command.addAll(given.words());
    RunState state = Detached.start(command, DiveList.of(shell), name);
    shell.println(state.name());
    return 0;
  }

  private static DiveConsole detachedConsole(RunFolder run) {
    return new DiveConsole(Detached.input(), Detached.output(run), Detached.errors(run));
  }

  private static int ended(DiveReport report, Given given, Shell shell) {
    given.value("--report-file").ifPresent(file -> write(report, shell.path(file)));
    boolean shown = given.has("--report") || (shell.terminals().err() && !given.has("--quiet"));
    if (shown) {
      DiveSummary.say(report, shell);
    }
    return DiveSummary.status(report.outcome(), shell);
  }

  private static void write(DiveReport report, Path file) {
    try {
      Files.write(file, report.toJson());
    } catch (IOException e) {
      throw IoFailure.of("write", file, e);
    }
  }
}
