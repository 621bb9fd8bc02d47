package dev.diver.catalog;

import java.nio.file.Path;

/** A server in a process of its own, for tests that kill it. Prints its port. */
public final class ServeUntilKilled {

  private ServeUntilKilled() {}

  public static void main(String[] arguments) throws Exception {
    try (CatalogServer server =
        CatalogServer.start(CatalogOptions.of(Path.of(arguments[0])).withPort(0))) {
      System.out.println(server.port());
      System.out.flush();
      // The parent closes this when it ends, however it ends.
      while (System.in.read() >= 0) {}
    }
  }
}
