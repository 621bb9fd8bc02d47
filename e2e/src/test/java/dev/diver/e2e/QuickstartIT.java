package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command. */
class QuickstartIT {

  @TempDir private Path folder;

  @Test
  void showsTheMainJobStepByStepAndLeavesNoProcess() throws IOException {
    Shell user = new Shell(folder, Map.of("DIVER_HOME", folder.resolve("home").toString()));
    Shell.Result quickstart = Expect.success(user.diver("quickstart", "--no-install"));
    String shown = quickstart.text() + quickstart.errors();
    int before = -1;
    for (String step :
        new String[] {
          "diver catalog serve",
          "diver publish",
          "diver search",
          "diver pull remora",
          "diver new",
          "diver build",
          "diver dive"
        }) {
      int at = shown.indexOf(step);
      assertTrue(at > before, () -> step + " is missing or out of order: " + quickstart);
      before = at;
    }
    Expect.nothingLeft(user);
  }
}
