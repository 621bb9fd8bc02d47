package dev.diver.deploy.hypervisor;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.Network;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.image.DiskImage;
import dev.diver.kernels.reference.Digest;
import dev.diver.kernels.spec.KernelSpec;
import dev.diver.kernels.spec.KernelSpec.Smp;
import dev.diver.kernels.spec.MemorySize;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** QEMU's command line for a dive, part by part; who makes one puts together what it needs. */
public final class QemuOptions {

  private static final String VIRTIO_NET = "virtio-net";

  private final List<Option> options = new ArrayList<>();
  private final RunFolder run;
  private final boolean debug;
  private final boolean mmio;
  private int disks;

  /**
   * A machine without anything yet.
   *
   * @param machine QEMU's {@code -machine} value
   * @param debug start halted, with a debugger's port open
   */
  public QemuOptions(RunFolder run, String machine, boolean debug) {
    this.run = run;
    this.debug = debug;
    this.mmio = machine.startsWith("microvm");
    add("-machine", machine);
  }

  /** The command. */
  public CommandLine command(Qemu qemu) {
    return new CommandLine(qemu.path(), options);
  }

  /**
   * Memory that others map, too, amid the machine's own.
   *
   * @param backend QEMU's, of what is not shared
   * @param low bytes before it
   * @param high bytes behind it
   */
  public void memory(String backend, long low, List<SharedMemory> shared, long high) {
    node("low", backend, low);
    for (SharedMemory file : shared) {
      node(
          "shared" + file.start(),
          "file,mem-path=" + value(file.file()) + ",share=on",
          file.bytes());
    }
    node("high", backend, high);
  }

  /** A node lies where those before it end. */
  private void node(String id, String backend, long bytes) {
    add("-object", "memory-backend-" + backend + ",id=" + id + ",size=" + bytes);
    add("-numa", "node,memdev=" + id);
  }

  /** Processor and memory. */
  public void hardware(String accelerator, String cpu, int cores, Smp smp, MemorySize memory) {
    add("-accel", accelerator);
    add("-cpu", cpu);
    add("-smp", smp == Smp.SOCKETS ? cores + ",sockets=" + cores : Integer.toString(cores));
    add("-m", memory.toString());
    add("-nodefaults");
    add("-no-user-config");
    add("-no-reboot");
    add("-display", "none");
    if (mmio) {
      add("-global", "virtio-mmio.force-legacy=false");
    }
  }

  /** How Diver and a debugger reach the machine. */
  public void control() {
    add("-pidfile", run.pidFile().toString());
    add("-qmp", "unix:" + value(run.qmp()) + ",server=on,wait=off");
    if (debug) {
      add("-gdb", "unix:" + value(run.gdb()) + ",server=on,wait=off");
      add("-S");
    }
  }

  /** A character device that writes the console log. */
  public void consoleLog() {
    add("-chardev", "file,id=console,path=" + value(run.console()) + ",append=on");
  }

  /** The app's standard streams and the report, a port for each. */
  public void ports() {
    standardInput();
    // the four below, and number 0, which is a console's: drivers make queues for all that can be
    add("-device", device("virtio-serial") + ",max_ports=5");
    port("stdin");
    // of its own: QEMU drops what a guest writes to a port whose input has ended
    outputPort("stdout", "/dev/fd/1,append=on");
    outputPort("stderr", "/dev/fd/2,append=on");
    outputPort("report", value(run.report()));
  }

  /** A character device that is QEMU's own standard input and output. */
  public void standardInput() {
    add("-chardev", "stdio,id=stdin,signal=off");
  }

  /** Serial lines, devices, disks, network and words that the user asked for. */
  public void extras(DiveRequest request, KernelSpec.ModeNeeds needs) {
    extras(
        new Machine.QemuOnly(
            Optional.empty(),
            devices(request, needs),
            request.consoles(),
            request.qemuArgs(),
            List.of()),
        Machine.Disk.of(request),
        request.overrides().network(),
        needs.netDevice());
  }

  /** The spec's devices and the user's. */
  public static List<String> devices(DiveRequest request, KernelSpec.ModeNeeds needs) {
    List<String> devices = new ArrayList<>(needs.devices());
    devices.addAll(request.devices());
    return devices;
  }

  /** The same, as the machine has them. */
  void extras(
      Machine.QemuOnly extra, List<Machine.Disk> disks, Network network, Optional<String> card) {
    extra.serials().forEach(serial -> add("-serial", serial));
    extra.devices().forEach(device -> add("-device", device));
    disks.forEach(this::disk);
    network(network, card);
    extra.words().forEach(this::add);
  }

  /** What is entered without firmware. */
  public void software(Path kernel, Optional<Path> ramdisk, String commandLine) {
    add("-kernel", kernel.toString());
    ramdisk.ifPresent(path -> add("-initrd", path.toString()));
    add("-append", commandLine);
  }

  /** The model of a virtio device on this machine's bus. */
  public String device(String model) {
    return model + (mmio ? "-device" : "-pci");
  }

  /** A path inside a QEMU option value, where a comma is written twice. */
  public static String value(Path path) {
    return path.toString().replace(",", ",,");
  }

  /** An option without a value. */
  public void add(String name) {
    options.add(new Option(name, Optional.empty()));
  }

  /** An option with its value. */
  public void add(String name, String value) {
    options.add(new Option(name, Optional.of(value)));
  }

  /** What a virtual disk is read from, by an id. */
  void drive(String id, DiskImage image, boolean scratch) {
    String file = value(image.file().toAbsolutePath());
    String kept = scratch ? ",snapshot=on" : "";
    add("-drive", "if=none,id=" + id + ",file=" + file + ",format=" + image.format() + kept);
  }

  private void disk(Machine.Disk disk) {
    String id = "disk" + disks++;
    drive(id, disk.image(), disk.scratch());
    add("-device", device("virtio-blk") + ",drive=" + id);
  }

  private void network(Network network, Optional<String> card) {
    switch (network) {
      case Network.None _ -> {}
      case Network.User user -> {
        StringBuilder value = new StringBuilder("user,id=net0");
        for (Network.Forward forward : user.published()) {
          value
              .append(forward.udp() ? ",hostfwd=udp:" : ",hostfwd=tcp:")
              .append(forward.address() + ":" + forward.host() + "-:" + forward.guest());
        }
        add("-netdev", value.toString());
        add("-device", card(card) + ",netdev=net0");
      }
      case Network.Tap(String name) -> {
        add("-netdev", "tap,id=net0,ifname=" + name + ",script=no,downscript=no");
        add("-device", card(card) + ",netdev=net0,mac=" + macAddress(run.name()));
      }
    }
  }

  /** The spec's; a virtio card is on the bus that there is. */
  private String card(Optional<String> card) {
    String model = card.orElse(VIRTIO_NET);
    int comma = model.indexOf(',');
    String name = comma < 0 ? model : model.substring(0, comma);
    return name.startsWith(VIRTIO_NET)
        ? device(VIRTIO_NET) + (comma < 0 ? "" : model.substring(comma))
        : model;
  }

  /**
   * An address in QEMU's range that is the dive's own, since a tap may lead to others' machines.
   */
  static String macAddress(String dive) {
    String hex = Digest.of(dive.getBytes(StandardCharsets.UTF_8)).hex();
    return "52:54:00:"
        + hex.substring(0, 2)
        + ":"
        + hex.substring(2, 4)
        + ":"
        + hex.substring(4, 6);
  }

  private void outputPort(String name, String path) {
    add("-chardev", "file,id=" + name + ",path=" + path);
    port(name);
  }

  private void port(String name) {
    add("-device", "virtserialport,chardev=" + name + ",name=dev.diver." + name);
  }
}
