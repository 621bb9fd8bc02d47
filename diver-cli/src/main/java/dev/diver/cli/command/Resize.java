package dev.diver.cli.command;

import dev.diver.cli.output.Quantity;
import dev.diver.cli.output.Shell;
import dev.diver.deploy.hardware.Enclave;
import dev.diver.deploy.hardware.Enclaves;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code diver resize}. */
final class Resize implements Verb {

  /** How many, or which. */
  private static final Pattern CPUS = Pattern.compile("[+-][0-9]{1,4}([,-][0-9]{1,4})*");

  private static final Pattern MEMORY = Pattern.compile("[+-][1-9][0-9]{0,8}[MG]");

  @Override
  public void describe(Page page) {
    page.description(
            """
            Gives a dive in the mode partitioned-hardware more cores or memory of its machine while \
            it runs, or takes some back. The kernel moves its threads from a core before it lets go \
            of it; memory that is in use stays, and the reason is said.\
            """)
        .argument("NAME", "a dive as diver ps lists it")
        .option("-c, --cpus", "+N|-N|+LIST", "so many cores more or fewer, or these, as in +3,4")
        .option("-m, --memory", "+SIZE|-SIZE", "so much memory more or less, as in +128M")
        .host("the machine that it is on, where this one does not know")
        .json()
        .example("One core more, and memory for it", "resize job --cpus +1 --memory +128M")
        .example("Give a core back", "resize job --cpus -1");
  }

  @Override
  public int run(Given given, Shell shell) throws InterruptedException {
    Optional<String> cpus = given.value("--cpus").map(t -> change("--cpus", t, CPUS, "+1 or -1"));
    Optional<String> memory =
        given.value("--memory").map(t -> change("--memory", t, MEMORY, "+128M or -128M"));
    if (cpus.isEmpty() && memory.isEmpty()) {
      throw new UsageException(
          "Nothing is to be changed.", "Give --cpus, --memory, or both, as in --cpus +1.");
    }
    String name = given.required(0);
    Enclave enclave = enclaves(name, given, shell).resize(name, cpus, memory);
    if (given.wantsJson()) {
      shell.printJson(EnclaveList.tree(enclave));
    } else {
      shell.println(
          "%s: cores %s, %s"
              .formatted(enclave.name(), enclave.coreList(), Quantity.bytes(enclave.memory())));
    }
    return 0;
  }

  private static Enclaves enclaves(String name, Given given, Shell shell) {
    Optional<Enclaves> there = HardwareOptions.there(given, shell);
    if (there.isPresent()) {
      return there.get();
    }
    RunFolder run = DiveList.of(shell).find(name);
    return HardwareOptions.of(run, shell)
        .orElseThrow(
            () ->
                new Failure(
                        Failure.Kind.UNSUPPORTED,
                        "The dive " + name + " is in a machine of its own, which stays as it is.",
                        "Resize one in the mode " + HardwareOptions.MODE + ".")
                    .exception());
  }

  private static String change(String option, String typed, Pattern form, String sample) {
    if (!form.matcher(typed).matches()) {
      throw new UsageException(
          "\"" + typed + "\" is not a change for " + option + ".",
          "Write more or less with its sign, as in " + option + " " + sample + ".");
    }
    return typed;
  }
}
