package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.run.Logs;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Optional;

/** {@code diver logs}. */
final class DiveLogs implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Prints what the app of a detached dive has written: its standard output to standard \
            output, its standard error to standard error. With --kernel, prints the kernel's own \
            log instead; with --report, the report of a dive that has ended, as JSON.\
            """)
        .argument("NAME", "a dive as diver ps --all lists it")
        .flag("-f, --follow", "go on until the dive ends")
        .flag("--kernel", "print the kernel's log")
        .flag("--report", "print the report, as JSON")
        .host("the machine that it is on, where this one does not know")
        .example("See what a dive has printed", "logs job")
        .example("Watch it", "logs -f job")
        .example("See what it came to", "logs --report job | jq .outcome");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    String name = given.required(0);
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    if (there.isPresent()) {
      return print(there.get(), name, given, shell);
    }
    Runs runs = DiveList.clean(shell);
    RunFolder run = runs.find(name);
    boolean keptThere = run.state().filter(s -> s.running() && s.host().isPresent()).isPresent();
    if (keptThere && !given.has("--report")) {
      return print(HardwareOptions.of(run, shell).orElseThrow(), name, given, shell);
    }
    if (given.has("--report")) {
      shell.println(Files.readString(run.dive(), StandardCharsets.UTF_8).strip());
    } else if (given.has("--kernel")) {
      Files.copy(run.console(), shell.out());
    } else {
      Logs.copy(run, shell.out(), shell.err(), given.has("--follow"));
    }
    return 0;
  }

  /** What is kept on another machine. */
  private static int print(Enclaves there, String name, Given given, Shell shell)
      throws IOException, InterruptedException {
    if (given.has("--report") || given.has("--kernel")) {
      there.find(name);
      shell.print((given.has("--report") ? there.report(name) : there.kernelLog(name)).orElse(""));
    } else {
      there.logs(name, shell.out(), shell.err(), given.has("--follow"));
    }
    return 0;
  }
}
