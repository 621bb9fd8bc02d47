package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.run.Runs;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code diver stop}. */
final class Stop implements Verb {

  private static final int GRACE_SECONDS = 10;

  @Override
  public void describe(Page page) {
    page.description(
            """
            Ends dives: asks first, and after a grace period ends the machine by force. A dive that \
            has ended already is no error.\
            """)
        .arguments("NAME", "1..*", "dives as diver ps lists them")
        .option("-t, --time", "SECONDS", "grace period before force is used (default 10)")
        .flag("--rm", "remove what is kept of it, too: its logs and its report")
        .host("the machine that they are on, where this one does not know")
        .example("Stop one dive", "stop stencil-1")
        .example("Stop it at once and forget it", "stop --time 0 --rm stencil-1");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    Duration grace = Duration.ofSeconds(given.number("--time").orElse(GRACE_SECONDS));
    if (there.isPresent()) {
      for (String name : given.arguments()) {
        stop(there.get(), name, grace, given);
        shell.println(name);
      }
      return 0;
    }
    Runs runs = DiveList.of(shell);
    for (String name : given.arguments()) {
      boolean kept = runs.find(name).state().orElseThrow().detached();
      runs.stop(name, grace);
      if (given.has("--rm") && kept) {
        runs.remove(name);
      }
      shell.println(name);
    }
    return 0;
  }

  private static void stop(Enclaves there, String name, Duration grace, Given given)
      throws InterruptedException {
    there.find(name);
    there.stop(name, grace);
    if (given.has("--rm")) {
      there.remove(name);
    }
  }
}
