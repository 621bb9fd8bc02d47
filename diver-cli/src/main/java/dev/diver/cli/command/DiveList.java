package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.cli.output.Table;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.deploy.run.Runs;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.store.DiverHome;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code diver ps}. */
final class DiveList implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Lists the dives that run. Detached dives that have ended are kept for a week, so that \
            their logs can be read; --all lists them too.\
            """)
        .flag("-a, --all", "list dives that have ended, too")
        .flag("-q, --quiet", "print names only")
        .host("list what a machine that is divided has: its cores and memory")
        .json()
        .example("See what runs", "ps")
        .example("See what runs on a machine that is divided", "ps --host ssh://root@node1")
        .example("Stop everything", "ps -q | xargs diver stop");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    boolean all = given.has("--all");
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    if (there.isPresent()) {
      EnclaveList.print(
          there.get().list().stream().filter(enclave -> all || enclave.isAlive()).toList(),
          given,
          shell);
      return 0;
    }
    Runs runs = clean(shell);
    List<RunState> dives =
        runs.list().stream()
            .map(RunFolder::state)
            .flatMap(Optional::stream)
            .filter(state -> all || state.running())
            .toList();
    if (given.wantsJson()) {
      shell.printJson(dives.stream().map(DiveList::tree).toList());
    } else if (given.has("--quiet")) {
      dives.forEach(dive -> shell.println(dive.name()));
    } else {
      shell.print(table(dives));
    }
    return 0;
  }

  /** The dives of this user. */
  static Runs of(Shell shell) {
    return new Runs(DiverHome.locate(shell.environment()).runs());
  }

  /** The same, after what processes that were killed have left was seen to, on hardware as well. */
  static Runs clean(Shell shell) throws IOException, InterruptedException {
    Runs runs = of(shell);
    runs.clean();
    try {
      Enclaves.recoverHere(HardwareOptions.host(shell));
    } catch (DiverException e) { // the rest is as it was asked for
      shell.say(e.failure());
    }
    return runs;
  }

  private static Table table(List<RunState> dives) {
    Table table =
        new Table()
            .text("NAME")
            .text("KERNEL")
            .text("MODE")
            .text("STARTED")
            .prose("STATUS")
            .prose("APP");
    Instant now = Instant.now();
    for (RunState dive : dives) {
      table.row(
          dive.name(),
          dive.kernel(),
          dive.mode(),
          Quantity.ago(dive.started(), now),
          status(dive),
          dive.app().orElse(""));
    }
    return table;
  }

  private static String status(RunState dive) {
    String there = dive.host().map(address -> " on " + address).orElse("");
    return dive.result().orElse((dive.running() ? "running" : "lost") + there);
  }

  static Map<String, Object> tree(RunState dive) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", dive.name());
    tree.put("kernel", dive.kernel());
    tree.put("mode", dive.mode());
    dive.host().ifPresent(address -> tree.put("host", address));
    tree.put("app", dive.app());
    tree.put("started", dive.started().toString());
    tree.put("detached", dive.detached());
    tree.put("running", dive.running());
    tree.put("result", dive.result());
    return tree;
  }
}
