package dev.diver.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Enclaves that change while their app runs, and the devices that they are given. */
@ExtendWith({SharedCatalog.class, SharedNode.class})
class ResizeIT {

  /** Says what it has whenever that has changed, from two threads more than one core is for. */
  private static final String WATCH =
      """
      #define _GNU_SOURCE
      #include <pthread.h>
      #include <sched.h>
      #include <stdio.h>
      #include <string.h>
      #include <sys/sysinfo.h>
      #include <time.h>
      static void nap(void) { nanosleep(&(struct timespec){0, 20000000}, NULL); }
      static void *beside(void *unused) { for (;;) nap(); return unused; }
      int main(void) {
        char said[256] = "", now[256], online[64];
        pthread_t thread;
        pthread_create(&thread, NULL, beside, NULL);
        for (;; nap()) {
          unsigned long mask = 0;
          struct sysinfo info;
          FILE *file = fopen("/sys/devices/system/cpu/online", "r");
          if (!file || !fgets(online, sizeof online, file)) return 1;
          fclose(file);
          sched_getaffinity(0, sizeof mask, (cpu_set_t *)&mask);
          sysinfo(&info);
          snprintf(now, sizeof now, "cores %lx, memory %lu, online %s", mask,
                   info.totalram >> 20, online);
          if (strcmp(now, said) == 0) continue;
          strcpy(said, now);
          fputs(now, stdout);
          fflush(stdout);
        }
      }
      """;

  @TempDir private static Path folder;
  private static Enclaves enclaves;
  private static Shell user;

  @BeforeAll
  static void prepare(Catalog catalog, Node node) throws IOException {
    enclaves = Enclaves.of(catalog.user(folder), node);
    user = enclaves.user();
    Programs.write(user, "watch", WATCH, "-pthread");
  }

  @AfterEach
  void allIsGivenBack() throws IOException {
    enclaves.endAll();
    enclaves.expectNothingLeft();
  }

  private static void dive(String name, String... options) {
    Stream<String> words = Stream.of("-d", "--name", name, "--cpus", "3-3", "-m", "128M");
    words = Stream.concat(Stream.concat(words, Stream.of(options)), Stream.of("watch"));
    Expect.success(user.diver(enclaves.diveWords(words.toArray(String[]::new))));
  }

  private static void awaitSaid(String name, String line) {
    Node.await(name + " says: " + line, () -> enclaves.said(name).contains(line));
  }

  @Test
  void anAppFollowsWhatItIsGivenAndWhatIsTakenBack() {
    dive("grows");
    awaitSaid("grows", "cores 1, memory 128, online 0");
    Expect.success(enclaves.resize("grows", "--cpus", "+1", "--memory", "+64M"));
    awaitSaid("grows", "cores 3, memory 192, online 0-1");
    enclaves.expectCores("0-1");
    Expect.success(enclaves.resize("grows", "--cpus", "-3-3"));
    awaitSaid("grows", "cores 2, memory 192, online 1");
    enclaves.expectCores("0-1,3");
    Expect.success(enclaves.resize("grows", "--memory", "-64M"));
    awaitSaid("grows", "cores 2, memory 128, online 1");
  }

  @Test
  void whatCannotBeIsSaidAndTheAppGoesOn() {
    dive("stays");
    Expect.failure(enclaves.resize("stays", "--cpus", "-1"), "keeps one");
    Expect.failure(
        enclaves.resize("stays", "--cpus", "+3-3"), "Core 3 belongs to the enclave stays");
    Expect.failure(enclaves.resize("stays", "--cpus", "+0-0"), "Core 0 stays with Linux");
    Expect.failure(enclaves.resize("stays", "--cpus", "+9-9"), "no core 9");
    Expect.failure(enclaves.resize("stays", "--cpus", "+4"), "cannot give up 4");
    Expect.failure(enclaves.resize("stays", "--memory", "+3M"), "pages of 2 MiB");
    Expect.failure(enclaves.resize("stays", "--memory", "-128M"), "is in use");
    Expect.failure(enclaves.resize("stays", "--memory", "+64G"), "not enough memory");
    Expect.failure(enclaves.resize("nobody", "--cpus", "+1"), "nobody");
    Expect.success(enclaves.resize("stays", "--cpus", "+2-2"));
    awaitSaid("stays", "cores 3, memory 128, online 0-1");
  }

  /** Somebody resizes it all the time, and is killed, or whom he works with is. */
  @ParameterizedTest
  @ValueSource(strings = {"keeper", "delegate", "helper"})
  void whoIsKilledWhileItResizesLeavesNothing(String victim, Node node) {
    dive("shaken");
    node.ask(
        """
        agent=$(readlink -f /proc/$(sed -n 's/^keeper \\([0-9]*\\).*/\\1/p' %1$s)/exe)
        for i in 1 2 3; do
          $agent hardware resize shaken --cpus +2-2 --memory +32M
          $agent hardware resize shaken --cpus -2-2 --memory -32M
        done >/dev/null 2>&1 &
        while ! grep -q '^state resizing' %1$s; do usleep 5000; done
        usleep 30000
        kill -9 $(sed -n 's/^%2$s \\([0-9]*\\).*/\\1/p' %1$s | tail -n 1)
        wait
        true
        """
            .formatted("/run/diver/enclaves/shaken/ledger", victim));
    enclaves.stop("shaken");
  }

  /**
   * As who resizes it leaves it where he is killed while a core and the low page are on their way.
   */
  @Test
  void aCoreThatWasOnItsWayIsGivenBack(Node node) {
    dive("shaken");
    node.ask(
        """
        cd /run/diver/enclaves/shaken
        echo 0 >/sys/devices/system/cpu/cpu2/online
        { printf 'helper 1 1\\nstate resizing\\ncore 2 2\\n'; grep '^low [1-9]' ledger; } >lines
        cat lines >>ledger
        """);
    JsonNode there = enclaves.there().getFirst();
    assertEquals("running", there.get("state").asString());
    assertEquals("[3]", there.get("cores").toString());
    enclaves.expectCores("0-2");
    assertEquals(
        "low 0", node.ask("grep '^low' /run/diver/enclaves/shaken/ledger | tail -n 1").strip());
    Expect.success(enclaves.resize("shaken", "--cpus", "+1"));
    awaitSaid("shaken", "cores 3, memory 128, online 0-1");
  }

  @Test
  void aDeviceIsTakenFromItsDriverAndGivenBack(Node node) {
    String driver = "readlink -f /sys/bus/pci/devices/" + Node.DRIVEN_DEVICE + "/driver || true";
    String before = node.ask(driver);
    assertTrue(before.contains("virtio-pci"), before);
    dive("driven", "--device", "pci=" + Node.DRIVEN_DEVICE, "--device", "pci=" + Node.FREE_DEVICE);
    assertEquals("", node.ask("ls /sys/bus/pci/drivers/virtio-pci | grep 00:10 || true"));
    String report = node.ask("cat /run/diver/enclaves/driven/report");
    assertTrue(report.contains("\"address\":\"" + Node.DRIVEN_DEVICE + "\""), report);
    assertTrue(report.contains("\"device\":\"11e8\""), report);
    assertTrue(report.contains("\"register\":\"0x010000ed\""), report);
    enclaves.stop("driven");
    assertEquals(before, node.ask(driver));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        Node.GROUPED_DEVICE + "; is not alone in its IOMMU group",
        "0000:00:01.0; is the only network card",
        "0000:00:1f.0; is a bridge",
        "0000:77:00.0; no PCI device 0000:77:00.0"
      })
  void devicesThatLinuxNeedsAreRefused(String device, String said) {
    Expect.failure(
        enclaves.dive("--cpus", "3-3", "-m", "128M", "--device", "pci=" + device, "watch"), said);
  }
}
