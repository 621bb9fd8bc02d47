package dev.diver.deploy.vm;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.DiskFormat;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.MemorySize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** QEMU's command line for a dive, part by part; each mode puts together what it needs. */
public final class MachineOptions {

  private final List<Option> options = new ArrayList<>();
  private final DiveRequest request;
  private final RunFolder run;
  private final boolean mmio;

  /**
   * A machine without anything yet.
   *
   * @param machine QEMU's {@code -machine} value
   */
  public MachineOptions(DiveRequest request, RunFolder run, String machine) {
    this.request = request;
    this.run = run;
    this.mmio = machine.startsWith("microvm");
    add("-machine", machine);
  }

  /** The command. */
  public CommandLine command(Qemu qemu) {
    return new CommandLine(qemu.path(), options);
  }

  /** Processor and memory. */
  public void hardware(String accelerator, String cpu, int cores, MemorySize memory) {
    add("-accel", accelerator);
    add("-cpu", cpu);
    add("-smp", Integer.toString(cores));
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
    if (request.debug()) {
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

  /** Serial lines, devices, disks and words that the user asked for. */
  public void extras(List<String> devices) {
    request.consoles().forEach(console -> add("-serial", console));
    devices.forEach(device -> add("-device", device));
    request.devices().forEach(device -> add("-device", device));
    int number = 0;
    for (Path disk : request.disks()) {
      String id = "disk" + number++;
      String format = DiskFormat.of(disk).option();
      add(
          "-drive",
          "if=none,id=" + id + ",file=" + value(disk.toAbsolutePath()) + ",format=" + format);
      add("-device", device("virtio-blk") + ",drive=" + id);
    }
    request.qemuArgs().forEach(this::add);
  }

  /** What boots. */
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

  private void outputPort(String name, String path) {
    add("-chardev", "file,id=" + name + ",path=" + path);
    port(name);
  }

  private void port(String name) {
    add("-device", "virtserialport,chardev=" + name + ",name=dev.diver." + name);
  }
}
