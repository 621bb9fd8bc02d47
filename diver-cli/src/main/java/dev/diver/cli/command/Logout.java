package dev.diver.cli.command;

import dev.diver.cli.output.Shell;

/** {@code diver logout}. */
final class Logout implements Verb {

  @Override
  public void describe(Page page) {
    page.description("Forgets the user and the password for the catalog.")
        .catalog()
        .example("Log out of the catalog", "logout")
        .example("Log out of another one", "logout --catalog https://kernels.example.org");
  }

  @Override
  public int run(Given given, Shell shell) {
    Kernels kernels = Kernels.of(given, shell);
    boolean known = kernels.client().logout();
    shell.println((known ? "Logged out of " : "Not logged in to ") + kernels.catalog());
    return 0;
  }
}
