package dev.diver.deploy.machine;

import dev.diver.kernels.failure.Failure;

/** What to do with an interrupted wait that cannot pass the interruption on as it is. */
final class Interruptions {

  private Interruptions() {}

  /** The thread stays interrupted; the failure names the work. */
  static RuntimeException interrupted(String work, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new Failure(
            Failure.Kind.INTERRUPTED, "Interrupted while " + work + ".", "Start it again.")
        .exception(e);
  }
}
