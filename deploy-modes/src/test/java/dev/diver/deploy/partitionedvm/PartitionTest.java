package dev.diver.deploy.partitionedvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.diver.kernels.failure.DiverException;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PartitionTest {

  private static Partition split(String linux, String net, String linuxMemory, String netMemory) {
    return Partition.of(
        linux.isEmpty() ? Optional.empty() : Optional.of(CpuList.parse(linux)),
        net.isEmpty() ? Optional.empty() : Optional.of(CpuList.parse(net)),
        MemorySize.parse(linuxMemory),
        MemorySize.parse(netMemory),
        0);
  }

  @Test
  void whatIsSharedIsBeforeTheNetsMemory() {
    CpuList one = CpuList.count(1);
    MemorySize linux = MemorySize.parse("256M");
    long shared = 4L << 20;
    Partition low =
        Partition.of(Optional.of(one), Optional.of(one), linux, MemorySize.parse("128M"), shared);
    assertEquals(256L << 20, low.sharedStart());
    assertEquals(260L << 20, low.netStart());
    assertEquals("390M", low.memory().toString());
    assertEquals(low.memory().bytes(), low.before() + shared + low.behind());
    Partition high =
        Partition.of(Optional.of(one), Optional.of(one), linux, MemorySize.parse("1790M"), shared);
    assertEquals(4L << 30, high.sharedStart());
    assertEquals((4L << 30) + shared, high.netStart());
    assertEquals(1L << 30, high.before());
    assertEquals(1790L << 20, high.behind());
  }

  @Test
  void eachHasACoreUnlessMoreAreAskedFor() {
    Partition usual = split("", "", "256M", "256M");
    assertEquals(List.of(0), usual.linuxCores());
    assertEquals(List.of(1), usual.netCores());
    assertEquals(2, usual.cores());
    assertEquals("maxcpus=1 mem=256M", usual.commandLine());
  }

  @Test
  void coresAreTakenAsTheyWereAskedFor() {
    assertEquals(List.of(2, 3, 4), split("2", "3", "256M", "64M").netCores());
    Partition listed = split("0-1", "3,5", "256M", "64M");
    assertEquals(List.of(3, 5), listed.netCores());
    assertEquals(6, listed.cores());
    assertEquals("maxcpus=2 mem=256M", listed.commandLine());
  }

  @Test
  void theNetsMemoryIsBehindLinuxsWhereBothFitBelowTheDevices() {
    Partition low = split("", "", "256M", "1G");
    assertEquals(256L << 20, low.netStart());
    assertEquals("1282M", low.memory().toString());
    assertEquals("", low.machineProperties());
    Partition most = split("", "", "256M", "1790M");
    assertEquals("2G", most.memory().toString());
    assertEquals(256L << 20, most.netStart());
  }

  @Test
  void moreMemoryIsAbove4Gigabytes() {
    Partition high = split("", "", "256M", "1792M");
    assertEquals(4L << 30, high.netStart());
    assertEquals("2816M", high.memory().toString());
    assertEquals(",max-ram-below-4g=1G", high.machineProperties());
    assertEquals("maxcpus=1 mem=256M", high.commandLine());
    Partition large = split("", "", "1G", "3G");
    assertEquals(",max-ram-below-4g=2G", large.machineProperties());
    assertEquals("5G", large.memory().toString());
  }

  @Test
  void memoryIsRoundedUpToWholeChunks() {
    Partition odd = split("", "", "131073K", "33793K");
    assertEquals(130L << 20, odd.netStart());
    assertEquals(34L << 20, odd.netMemory());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "''; 0-1; 256M; 64M; Core 0",
        "2; 1-2; 256M; 64M; Core 1",
        "1-2; ''; 256M; 64M; 1-2",
        "''; 254-255; 256M; 64M; Core 255",
        "''; ''; 3G; 64M; 3G",
        "''; ''; 256M; 900T; this host has"
      })
  void whatDoesNotFitIsNamed(String linux, String net, String memory, String more, String what) {
    DiverException failed =
        assertThrows(DiverException.class, () -> split(linux, net, memory, more));
    assertTrue(failed.failure().what().contains(what), failed.getMessage());
  }

  @Test
  void tooMuchInAllIsTheFaultOfBothOptions() {
    DiverException failed = assertThrows(DiverException.class, () -> split("", "", "256M", "900T"));
    assertEquals("Give less with --memory or --gpos-memory.", failed.failure().remedy());
  }
}
