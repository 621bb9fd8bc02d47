package dev.diver.deploy.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.failure.Failure;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DetachedTest {

  @TempDir Path folder;

  private Failure failure(String script) {
    List<String> supervisor = List.of("sh", "-c", script + "; exit 125");
    DiverException failed =
        assertThrows(
            DiverException.class, () -> Detached.start(supervisor, new Runs(folder), "one"));
    return failed.failure();
  }

  @Test
  void whatTheSupervisorSaysOfItsFailureIsSaidOnce() {
    Failure failure = failure("printf ' Pulling x\\nerror: It is blue.\\nhelp: Paint it.\\n' >&2");
    assertEquals("It is blue.", failure.what());
    assertEquals("Paint it.", failure.remedy());
  }

  @Test
  void whatElseItSaysIsPassedOn() {
    assertEquals("no Java", failure("echo no Java >&2").what());
  }
}
