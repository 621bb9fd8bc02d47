package dev.diver.deploy.fullvm;

import dev.diver.deploy.DiveRequest;
import dev.diver.deploy.machine.Acceleration;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.DiskFormat;
import dev.diver.deploy.machine.Qemu;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.spec.KernelSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** QEMU's command line for a dive. */
final class MachineOptions {

  private final List<Option> options = new ArrayList<>();
  private final DiveRequest request;
  private final KernelSpec.ModeNeeds needs;
  private final RunFolder run;
  private final boolean mmio;

  private MachineOptions(DiveRequest request, KernelSpec.ModeNeeds needs, RunFolder run) {
    this.request = request;
    this.needs = needs;
    this.run = run;
    this.mmio = needs.machine().startsWith("microvm");
  }

  /** The command of this dive; the request has been checked. */
  static CommandLine of(
      DiveRequest request,
      KernelSpec.ModeNeeds needs,
      RunFolder run,
      Qemu qemu,
      Acceleration.Kind acceleration,
      String commandLine) {
    MachineOptions machine = new MachineOptions(request, needs, run);
    machine.hardware(acceleration);
    machine.control();
    machine.console();
    machine.extras();
    machine.software(commandLine);
    return new CommandLine(qemu.path(), machine.options);
  }

  private void hardware(Acceleration.Kind acceleration) {
    add("-machine", needs.machine());
    add("-accel", acceleration.option());
    add("-cpu", needs.cpu());
    add("-smp", Integer.toString(request.cpus().orElse(1)));
    add("-m", request.memory().orElse(needs.memory()).toString());
    add("-nodefaults");
    add("-no-user-config");
    add("-no-reboot");
    add("-display", "none");
    if (mmio) {
      add("-global", "virtio-mmio.force-legacy=false");
    }
  }

  private void control() {
    add("-pidfile", run.pidFile().toString());
    add("-qmp", "unix:" + value(run.qmp()) + ",server=on,wait=off");
    if (request.debug()) {
      add("-gdb", "unix:" + value(run.gdb()) + ",server=on,wait=off");
      add("-S");
    }
  }

  private void console() {
    add("-chardev", "stdio,id=stdin,signal=off");
    add("-chardev", "file,id=console,path=" + value(run.console()));
    switch (request.spec().boot().console()) {
      case VIRTIO_PORTS -> {
        add("-serial", "chardev:console");
        add("-device", device("virtio-serial"));
        port("stdin");
        // of its own: QEMU drops what a guest writes to a port whose input has ended
        outputPort("stdout", "/dev/fd/1,append=on");
        outputPort("stderr", "/dev/fd/2,append=on");
        outputPort("report", value(run.report()));
      }
      case SERIAL -> {
        add("-serial", "chardev:stdin");
        add("-device", "isa-serial,chardev=console,index=1");
      }
    }
    request.consoles().forEach(console -> add("-serial", console));
  }

  private void extras() {
    needs.devices().forEach(device -> add("-device", device));
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

  private void software(String commandLine) {
    add("-kernel", request.image().toString());
    ramdisk().ifPresent(path -> add("-initrd", path.toString()));
    add("-append", commandLine);
  }

  private Optional<Path> ramdisk() {
    return switch (request.spec().boot().app()) {
      case INITRD -> request.app().map(Path::toAbsolutePath);
      case INITRAMFS -> Optional.of(run.ramdisk());
      case NONE -> Optional.empty();
    };
  }

  private void outputPort(String name, String path) {
    add("-chardev", "file,id=" + name + ",path=" + path);
    port(name);
  }

  private void port(String name) {
    add("-device", "virtserialport,chardev=" + name + ",name=dev.diver." + name);
  }

  private String device(String model) {
    return model + (mmio ? "-device" : "-pci");
  }

  /** A path inside a QEMU option value, where a comma is written twice. */
  private static String value(Path path) {
    return path.toString().replace(",", ",,");
  }

  private void add(String name) {
    options.add(new Option(name, Optional.empty()));
  }

  private void add(String name, String value) {
    options.add(new Option(name, Optional.of(value)));
  }
}
