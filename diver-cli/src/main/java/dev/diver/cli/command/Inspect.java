package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.deploy.hardware.Enclave;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.machine.Json;
import dev.diver.deploy.run.RunFolder;
import dev.diver.deploy.run.RunState;
import dev.diver.deploy.run.Runs;
import dev.diver.kernels.failure.DiverException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** {@code diver inspect}. */
final class Inspect implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Prints all that is known of a dive, as JSON: what it dives and how, whether it runs, \
            what it came to. The whole report stands under "report" once it has ended.\
            """)
        .argument("NAME", "a dive as diver ps --all lists it")
        .host("the machine that it is on, where this one does not know")
        .example("See what a dive is", "inspect job")
        .example("See what it came to", "inspect job | jq .report.outcome");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException, InterruptedException {
    String name = given.required(0);
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    shell.printJson(
        there.isPresent()
            ? EnclaveList.tree(there.get().find(name))
            : tree(DiveList.clean(shell), name, shell));
    return 0;
  }

  private static Map<String, Object> tree(Runs runs, String name, Shell shell)
      throws IOException, InterruptedException {
    RunFolder run = runs.find(name);
    RunState state = run.state().orElseThrow();
    Map<String, Object> tree = new LinkedHashMap<>(DiveList.tree(state));
    tree.put("folder", run.path().toString());
    Optional<Enclaves> there = HardwareOptions.of(run, shell);
    if (there.isPresent() && state.running()) {
      try {
        Enclave enclave = there.get().find(name);
        tree.put("enclave", EnclaveList.tree(enclave));
      } catch (DiverException e) {
        tree.put("enclave", e.failure().what()); // the rest is known all the same
      }
    }
    if (Files.exists(run.dive())) {
      byte[] report = Files.readAllBytes(run.dive());
      Json.object(report, 0, report.length).ifPresent(whole -> tree.put("report", whole));
    }
    return tree;
  }
}
