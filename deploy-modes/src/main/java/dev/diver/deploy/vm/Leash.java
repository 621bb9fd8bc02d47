package dev.diver.deploy.vm;

import dev.diver.deploy.machine.Host;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ties a process to the life of the thread that starts it: {@code setpriv --pdeathsig} sets the
 * signal that Linux sends when that thread ends (prctl(2), PR_SET_PDEATHSIG), also by {@code kill
 * -9}. So the thread must live as long as the process should.
 */
public final class Leash {

  public static final String PROGRAM = "setpriv";
  public static final String INSTALL = "sudo apt-get install -y util-linux";

  private Leash() {}

  /** The command, tied; MISSING where this host lacks the program. */
  public static List<String> on(Host host, List<String> command) {
    return on(host, "KILL", command);
  }

  /** The same for one that has to tidy up before it ends: it gets this signal, as in TERM. */
  public static List<String> on(Host host, String signal, List<String> command) {
    Path program =
        host.program(PROGRAM)
            .orElseThrow(
                () ->
                    new Failure(
                            Failure.Kind.MISSING,
                            "There is no "
                                + PROGRAM
                                + " on PATH, and without it a machine could outlive Diver.",
                            "Install it: " + INSTALL)
                        .exception());
    List<String> tied = new ArrayList<>(List.of(program.toString(), "--pdeathsig", signal));
    tied.addAll(command);
    return tied;
  }
}
