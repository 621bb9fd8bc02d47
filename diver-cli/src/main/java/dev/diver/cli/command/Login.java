package dev.diver.cli.command;

import dev.diver.cli.output.Shell;
import dev.diver.kernels.remote.Credential;
import java.io.IOException;

/** {@code diver login}. */
final class Login implements Verb {

  @Override
  public void describe(Page page) {
    page.description(
            """
            Tries a user and a password at the catalog and, if it accepts them, remembers them for \
            publishing and yanking. The password is read from the terminal without showing it, or \
            from standard input. It is kept in auth.json in Diver's data directory, for your eyes \
            only (mode 0600), in docker's format.\
            """)
        .option("-u, --username", "NAME", "who you are; asked for on a terminal")
        .flag("--password-stdin", "read the password from standard input")
        .catalog()
        .example("Log in to the catalog", "login")
        .example(
            "Log in from a script",
            "login -u publisher --password-stdin --catalog https://kernels.example.org < secret");
  }

  @Override
  public int run(Given given, Shell shell) throws IOException {
    Kernels kernels = Kernels.of(given, shell);
    String user = given.value("--username").orElseGet(() -> shell.ask("User: "));
    String password =
        given.has("--password-stdin")
            ? shell.readLine()
            : shell.askSecretly("Password for " + user + " at " + kernels.catalog() + ": ");
    kernels.client().login(new Credential(user, password));
    shell.println("Logged in to " + kernels.catalog() + " as " + user);
    return 0;
  }
}
