package dev.diver.deploy.partitionedvm;

import dev.diver.deploy.vm.RequestCheck;
import dev.diver.kernels.spec.CpuList;
import dev.diver.kernels.spec.MemorySize;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * How a machine is split. Linux has the memory from 0 on; the net's is behind it where both fit
 * below the hole for devices, else from 4 GiB on.
 *
 * @param linuxCores its cores: the first ones, in their order
 * @param netCores the net's, ascending
 * @param linuxMemory bytes, whole MiB
 * @param netMemory bytes, whole chunks of 2 MiB
 * @param shared bytes of memory before the net's that others map, too; whole chunks
 */
record Partition(
    List<Integer> linuxCores,
    List<Integer> netCores,
    long linuxMemory,
    long netMemory,
    long shared) {

  /** Local APICs are numbered with 8 bits, of which one value means all of them. */
  private static final int MAX_CORES = 255;

  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;

  /** What remora's pages are made of; an enclave begins at a multiple. */
  private static final long CHUNK = 2 * MIB;

  /** The firmware puts its tables at the end of the memory below 4 GiB. */
  private static final long FIRMWARE = 2 * MIB;

  /** So much lies below the devices on each of QEMU's machines (q35: hw/i386/pc_q35.c). */
  private static final long LOW_MOST = 2 * GIB;

  private static final long HIGH = 4 * GIB;

  Partition {
    linuxCores = List.copyOf(linuxCores);
    netCores = List.copyOf(netCores);
  }

  /**
   * Splits a machine as it was asked for.
   *
   * @param linux its cores; empty for one
   * @param net the net's; empty for one
   */
  static Partition of(
      Optional<CpuList> linux,
      Optional<CpuList> net,
      MemorySize linuxMemory,
      MemorySize netMemory,
      long shared) {
    List<Integer> linuxCores = linuxCores(linux.orElse(CpuList.count(1)));
    List<Integer> netCores = netCores(net.orElse(CpuList.count(1)), linuxCores);
    int last =
        Stream.concat(linuxCores.stream(), netCores.stream()).max(Integer::compare).orElse(0);
    if (last >= MAX_CORES) {
      throw RequestCheck.invalid(
          "Core " + last + " was asked for, and a machine has " + MAX_CORES + " at most.",
          "Give fewer cores, or cores of lower numbers.");
    }
    Partition split =
        new Partition(
            linuxCores,
            netCores,
            up(linuxMemory.bytes(), CHUNK),
            up(netMemory.bytes(), CHUNK),
            shared);
    if (split.linuxMemory > LOW_MOST - FIRMWARE) {
      throw RequestCheck.invalid(
          linuxMemory + " of memory is more than the Linux of a partitioned VM can have.",
          "Give it " + (LOW_MOST - FIRMWARE) / MIB + "M at most with --gpos-memory.");
    }
    RequestCheck.fits(split.linuxMemory + shared + split.netMemory, "--memory or --gpos-memory");
    return split;
  }

  /** How many cores the machine has; those in between that nobody has stay off. */
  int cores() {
    return 1 + Math.max(linuxCores.getLast(), netCores.getLast());
  }

  /** Where the net's memory begins, as the machine counts. */
  long netStart() {
    return sharedStart() + shared;
  }

  /** Where the memory begins that others map, too. */
  long sharedStart() {
    return isLow() ? linuxMemory : HIGH;
  }

  /** What is before that. */
  long before() {
    return isLow() ? linuxMemory : low();
  }

  /** What is behind it; where the net's memory is low, QEMU puts Linux's ramdisk at its end. */
  long behind() {
    return memory().bytes() - before() - shared;
  }

  /** The machine's memory. */
  MemorySize memory() {
    return new MemorySize(
        shared + (isLow() ? linuxMemory + netMemory + FIRMWARE : low() + netMemory));
  }

  /** What is to be added to QEMU's machine. */
  String machineProperties() {
    return isLow() ? "" : ",max-ram-below-4g=" + low() / GIB + "G";
  }

  /** What Linux is told. */
  String commandLine() {
    return "maxcpus=" + linuxCores.size() + " mem=" + linuxMemory / MIB + "M";
  }

  private boolean isLow() {
    return linuxMemory + shared + netMemory + FIRMWARE <= LOW_MOST;
  }

  /** What is below 4 GiB where the net's memory is above. */
  private long low() {
    return linuxMemory + FIRMWARE <= GIB ? GIB : LOW_MOST;
  }

  private static List<Integer> linuxCores(CpuList asked) {
    List<Integer> first = IntStream.range(0, asked.count()).boxed().toList();
    if (!asked.which().isEmpty() && !asked.which().equals(first)) {
      throw RequestCheck.invalid(
          "Linux takes the cores of its machine in order from 0 on, not " + asked + ".",
          "Write --gpos-cpus " + asked.count() + ", and give the net other ones.");
    }
    return first;
  }

  private static List<Integer> netCores(CpuList asked, List<Integer> linux) {
    if (asked.which().isEmpty()) {
      return IntStream.range(linux.size(), linux.size() + asked.count()).boxed().toList();
    }
    asked.which().stream()
        .filter(linux::contains)
        .findFirst()
        .ifPresent(
            core -> {
              throw RequestCheck.invalid(
                  "Core "
                      + core
                      + " cannot be the net's: it is Linux's, which has "
                      + new CpuList(linux.size(), linux)
                      + ".",
                  "Give the net cores from "
                      + linux.size()
                      + " on, as in --cpus "
                      + linux.size()
                      + "-"
                      + (linux.size() + asked.count() - 1)
                      + ".");
            });
    return asked.which();
  }

  private static long up(long bytes, long unit) {
    return (bytes + unit - 1) / unit * unit;
  }
}
