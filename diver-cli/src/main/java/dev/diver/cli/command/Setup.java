package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.failure.Failure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code diver setup}. The launcher does it, since it must work before there is a Java to run; here
 * is only its help.
 */
final class Setup implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Installs what Diver needs from this machine: QEMU, a C compiler and the like. Says what \
            is missing and why, then installs it with apt-get, through sudo where you are not root. \
            Does nothing, at once, where nothing is missing.

            run       what diving a net needs
            build     what building nets, kernels and Diver itself needs
            test      what Diver's own tests need, with all of the above
            validate  the programs that diver speedup validate runs

            Without a word: run and build.\
            """)
        .flag("--no-install", "only say what is missing and the command that installs it")
        .arguments("NEED", "0..*", "run, build, test or validate")
        .example("Make this machine ready for a day's work", "setup")
        .example(
            "See what the tests would need, without touching the machine",
            "setup --no-install test");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Launcher.path().orElseThrow(Setup::noLauncher)));
    command.add("setup");
    command.addAll(given.words());
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private static RuntimeException noLauncher() {
    return new Failure(
            Failure.Kind.UNSUPPORTED,
            "Only the launcher can set this machine up.",
            "Run the file \"diver\" in the root of the repository.")
        .exception();
  }
}
