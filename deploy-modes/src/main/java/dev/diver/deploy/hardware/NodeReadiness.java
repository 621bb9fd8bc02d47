package dev.diver.deploy.hardware;

import dev.diver.deploy.Readiness;
import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a node can do for the mode, and the command or boot parameter that mends what it cannot. */
public final class NodeReadiness {

  private NodeReadiness() {}

  /** Asks the node. */
  public static Readiness of(Enclaves enclaves) {
    try {
      return of(enclaves.facts());
    } catch (DiverException e) {
      Failure failure = e.failure();
      return new Readiness.Missing(
          List.of(new Readiness.Thing(enclaves.node().name(), failure.what(), failure.remedy())),
          List.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Readiness.Missing(
          List.of(new Readiness.Thing("time", "Interrupted.", "diver doctor")), List.of());
    }
  }

  static Readiness of(Map<String, Object> facts) {
    List<Readiness.Thing> missing = new ArrayList<>();
    List<String> found = new ArrayList<>();
    return missing.isEmpty() ? new Readiness.Ready(found) : new Readiness.Missing(missing, found);
  }
}
