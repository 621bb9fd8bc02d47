package dev.diver.cli.command;

import dev.diver.cli.output.ExitCode;
import dev.diver.cli.output.Plain;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.TerminalConsole;
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
import dev.diver.kernels.net.DeployedApp;
import dev.diver.kernels.spec.KernelSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** {@code diver dive}. */
final class Dive implements Verb {

  /** What Diver gives itself when it runs a detached dive in the background. */
  private static final String SUPERVISED = "--supervised";

  private static final Duration LEAVING_GRACE = Duration.ofSeconds(2);

  @Override
  public void describe(Page page) {
    page.description(
            """
            Boots a net and runs its app: its output comes as it is written, standard input is \
            passed on, and the app's exit status becomes Diver's. A net that is not built, or not \
            up to date, is built first. A Linux executable can be dived without a project, with \
            any kernel that runs Linux executables; a kernel that is not here is pulled.

            A full VM is sealed: it has no files, and its app is a static executable. With \
            --delegate an agent on this machine executes what the kernel does not handle, and in \
            a partitioned VM (--mode partitioned-vm) a Linux inside does, on cores and memory of \
            its own. There an app can be dynamic, and sees the folders that -v shares, nothing \
            else but a /tmp of its own, which is its HOME unless yours is shared.

            With --mode partitioned-hardware cores and memory are taken from the Linux of a machine \
            as it runs, this one or one behind ssh (--host), and given back at the end. The app \
            and its kernel are copied there once; the folders that -v shares are that machine's.

            With --mode emulated nothing boots: an unmodified program runs on this machine's \
            Linux, with its files and your environment, and a thread on another core executes its \
            system calls, or those that --forward lists, at the cost of a round trip that you \
            choose. With --kernel those are forwarded that this kernel does not handle itself. \
            The program is an executable, or a command behind --.

            What is given here goes before what net.toml says; devices, disks, serial lines, \
            ports and QEMU arguments are added to it.\
            """)
        .optionalArgument(
            "NET|EXECUTABLE", "a folder with net.toml (default: here), or an executable")
        .option("--kernel", "REF", "the kernel for an executable")
        .flag("--no-build", "take the net as it was last built")
        .option("--mode", "MODE", "how to deploy it (default full-vm)")
        .option(
            "-c, --cpus", "N|LIST", "the net's cores: how many (default 1), or which, as in 2-3,5")
        .option("-m, --memory", "SIZE", "the net's memory, as in 512M or 512M@0 (on NUMA node 0)")
        .flag("--delegate", "in a full VM: let this machine's Linux serve what the kernel does not")
        .repeated(
            "-v, --volume", "HOST[:GUEST][:ro]", "a folder that the app sees; delegating only")
        .option("--gpos", "REF", "the Linux of a partitioned VM (default linux)")
        .option("--gpos-cpus", "N|LIST", "its cores (default 1)")
        .option("--gpos-memory", "SIZE", "its memory (default: what its package says)")
        .option(
            "--forward",
            "CALLS",
            "forward these calls though the kernel handles them: a,b; emulated: these alone")
        .option(
            "--round-trip",
            "TIME",
            "emulated: what forwarding a call takes, as in 10us (default: the least)")
        .flag("--native", "run the app on the Linux that would serve it, to compare")
        .repeated("-e, --env", "K=V", "a variable of the app; K alone passes yours on")
        .option("--timeout", "TIME", "end the dive after so many seconds, or as in 5m; status 124")
        .flag("-d, --detach", "run in the background and print the dive's name")
        .option("--name", "NAME", "the dive's name (default: made up)")
        .flag("--dry-run", "print the commands that would run, and run nothing")
        .flag("--debug", "start halted and print the command that attaches gdb")
        .flag(
            "--console", "attach the terminal to the machine's console; ctrl-] leaves and ends it")
        .option("--net", "none|user|tap=NAME", "its network (default none, or user with -p)")
        .repeated(
            "-p, --publish",
            "[ADDR:]HOST:GUEST[/udp]",
            "a port of this host (of 127.0.0.1) that leads to one of the machine's")
        .repeated("--disk", "FILE", "a raw or qcow2 disk; what is written to it stays")
        .option(
            "--stream-in",
            "FILE",
            "standard input is a stream in shared memory, with --host in that machine's; made if it"
                + " is not there")
        .option("--stream-out", "FILE", "the same for standard output")
        .option("--hypervisor", "NAME", "what runs a full VM (default: as the kernel's spec says)")
        .option("--machine", "TYPE", "a QEMU machine with its options, as in q35")
        .option("--cpu", "MODEL", "a QEMU CPU model, as in Skylake-Client")
        .option("--firmware", "bios|uefi|FILE", "what runs before the kernel")
        .repeated(
            "--device", "DEVICE", "a QEMU -device value; partitioned-hardware: pci=0000:01:00.0")
        .repeated("--serial", "CHARDEV", "a QEMU -serial value")
        .repeated("--qemu-arg", "WORD", "a word for QEMU's command line, as it is")
        .host("partitioned-hardware: the machine to divide, as ssh reaches it (default: this one)")
        .option(
            "--on-disconnect",
            "end|continue",
            "what becomes of it without a connection (default end, with -d continue)")
        .flag("--report", "print the report at the end, also where there is no terminal")
        .flag("--stats", "print each system call: local, forwarded, and what forwarding took")
        .flag("--json", "with --report or --stats: as JSON")
        .option("--report-file", "FILE", "write the report to a file, as JSON")
        .flag("-q, --quiet", "do not print the report")
        .catalog()
        .hidden(SUPERVISED)
        .appArguments()
        .example("Build and dive the net in this folder with the argument 512", "dive -- 512")
        .example("Dive an executable without a project", "dive --kernel remora ./prog -- args")
        .example("Give it more, but no more than a minute", "dive -m 1G --timeout 60 stencil")
        .example(
            "Let it use files of this folder", "dive --delegate --kernel remora -v $PWD ./prog")
        .example(
            "Beside a Linux in one machine, on two cores, with a shared program as it is",
            "dive --mode partitioned-vm -c 2 --kernel remora -v /usr:ro /usr/bin/xz -- --version")
        .example("See what was forwarded, and what it took", "dive --delegate --stats stencil")
        .example(
            "Beside the Linux of another machine, on two of its cores and memory near them",
            "dive --mode partitioned-hardware --host ssh://root@node1 -c 2-3 -m 1G@0 stencil")
        .example(
            "See what a program would lose if each call were forwarded at 10 µs",
            "dive --mode emulated --round-trip 10us --stats -- bzip2 -k file")
        .example(
            "Read what another net writes that was dived with --stream-out /dev/shm/s",
            "dive --stream-in /dev/shm/s filter")
        .example("Run it in the background and look at it later", "dive -d --name job stencil")
        .example("Reach a server in it at http://localhost:8080", "dive -p 8080:80 server")
        .example("Sit at its console", "dive --console --kernel linux ./shell")
        .example("See exactly what would run", "dive --dry-run stencil")
        .example("Start it under a debugger", "dive --debug stencil");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    if (given.has("--console") && given.has("--detach")) {
      throw new UsageException(
          "A dive in the background has no terminal to attach.",
          "Leave out --detach or --console.");
    }
    Optional<String> supervised = given.value(SUPERVISED);
    if (given.has("--detach") && supervised.isEmpty() && !given.has("--dry-run")) {
      return detach(given, shell);
    }
    if (EmulationOptions.apply(given)) {
      DiveRequest request = new EmulationOptions(given, shell).request(supervised);
      return dive(DeployMode.named(EmulationOptions.MODE), request, given, shell);
    }
    DiveTarget target = DiveTarget.of(given, shell);
    DeployMode mode = DeployMode.named(target.mode(given));
    DiveRequest request = target.request(given, supervised, mode.name(), shell);
    if (target.deploy().isEmpty()) {
      return dive(mode, request, given, shell);
    }
    if (given.has("--dry-run")) {
      shell.println(
          "# %s prepares each dive; here the app is as it was built."
              .formatted(Plain.line(target.deploy().get().name())));
      return dive(mode, request, given, shell);
    }
    try (DeployedApp deployed = target.deployed(request, given, shell)) {
      return dive(mode, target.with(deployed, request), given, shell);
    }
  }

  private static int dive(DeployMode mode, DiveRequest request, Given given, Shell shell)
      throws IOException, InterruptedException {
    Optional<String> supervised = given.value(SUPERVISED);
    DivePlan plan = mode.plan(request);
    if (given.has("--dry-run")) {
      shell.print(plan.toShell());
      return 0;
    }
    if (given.has("--console")) {
      return attached(mode, plan, given, shell);
    }
    DiveConsole console =
        supervised.isPresent()
            ? detachedConsole(DiveList.of(shell).named(supervised.get()))
            : new DiveConsole(shell.in(), shell.out(), shell.err(), shell.isOfProcess());
    return ended(dive(mode, plan, console, _ -> {}, shell), given, shell);
  }

  /** With the terminal as the machine's console. */
  private static int attached(DeployMode mode, DivePlan plan, Given given, Shell shell)
      throws InterruptedException {
    boolean serialLine =
        plan.request()
            .bootable()
            .filter(net -> net.spec().boot().console() == KernelSpec.Console.SERIAL)
            .isPresent();
    CompletableFuture<RunningDive> running = new CompletableFuture<>();
    Runnable leave = () -> running.join().stop(LEAVING_GRACE);
    DiveReport report;
    TerminalConsole terminal = TerminalConsole.attach(shell, serialLine, leave);
    try (terminal) {
      shell.sayDoing(
          "Attached", "to the console of " + plan.name() + "; ctrl-] leaves and ends it");
      DiveConsole console = new DiveConsole(terminal.in(), shell.out(), shell.err());
      report = dive(mode, plan, console, running::complete, shell);
    }
    if (terminal.left()) {
      shell.say("");
      shell.sayDoing("Left", "the console, and ended " + report.name());
      return ExitCode.INTERRUPTED.status();
    }
    return ended(report, given, shell);
  }

  private static DiveReport dive(
      DeployMode mode,
      DivePlan plan,
      DiveConsole console,
      Consumer<RunningDive> started,
      Shell shell)
      throws InterruptedException {
    try (RunningDive dive = mode.launch(plan, console)) {
      started.accept(dive);
      if (plan.request().debug() && mode instanceof Debuggable debuggable) {
        shell.sayDoing("Debug", debuggable.debuggerCommand(dive.plan()));
      }
      return dive.await();
    }
  }

  /** The same command once more, in the background; returns when the dive runs. */
  private static int detach(Given given, Shell shell) throws IOException, InterruptedException {
    String name =
        given.value("--name").orElseGet(() -> DiveList.of(shell).freeName(stem(given, shell)));
    List<String> command = new ArrayList<>(Launcher.command());
    command.addAll(List.of("dive", SUPERVISED, name));
    command.addAll(given.words());
    RunState state = Detached.start(command, DiveList.of(shell), name);
    shell.println(state.name());
    return 0;
  }

  private static String stem(Given given, Shell shell) {
    return EmulationOptions.apply(given)
        ? new EmulationOptions(given, shell).stem()
        : DiveTarget.stem(given, shell);
  }

  private static DiveConsole detachedConsole(RunFolder run) {
    return new DiveConsole(Detached.input(), Detached.output(run), Detached.errors(run));
  }

  private static int ended(DiveReport report, Given given, Shell shell) {
    given.value("--report-file").ifPresent(file -> write(report, shell.path(file)));
    boolean asked = given.has("--report") || given.has("--stats");
    if (asked && given.has("--json")) {
      shell.say(new String(report.toJson(), StandardCharsets.UTF_8));
    } else if (asked || (shell.terminals().err() && !given.has("--quiet"))) {
      DiveSummary.say(report, shell);
      if (given.has("--stats")) {
        DiveStatistics.say(report, shell);
      }
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
