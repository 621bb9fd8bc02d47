package dev.diver.deploy.hypervisor;

import dev.diver.deploy.Network;
import dev.diver.deploy.machine.CommandLine;
import dev.diver.deploy.machine.CommandLine.Option;
import dev.diver.deploy.machine.Host;
import dev.diver.deploy.machine.Json;
import dev.diver.deploy.machine.Step;
import dev.diver.deploy.run.RunFolder;
import dev.diver.kernels.failure.Failure;
import dev.diver.kernels.image.DiskImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/**
 * Firecracker, told by a configuration file (Firecracker docs/getting-started.md, "Configuring the
 * microVM without sending API requests"; PVH from its version 1.12 on). Its first serial line is
 * its own standard input and output.
 */
public final class Firecracker extends KvmOnly {

  private static final int MOST_CORES = 32;
  private static final long MEBIBYTE = 1 << 20;

  public Firecracker() {
    super("firecracker", "Firecracker", "https://github.com/firecracker-microvm/firecracker");
  }

  @Override
  public Optional<Failure> obstacle(Machine machine) {
    int cores = machine.processor().count();
    return super.obstacle(machine)
        .or(
            () ->
                cores > MOST_CORES
                    ? cannot(cores + " cores were asked for, and Firecracker has at most 32")
                    : Optional.empty());
  }

  @Override
  Optional<Failure> software(String kernel, Machine.Software software) {
    if (software instanceof Machine.Software.Kernel direct && !KernelFile.isElf64(direct.image())) {
      return cannot(
          kernel
              + " is "
              + KernelFile.describe(direct.image())
              + ", and Firecracker loads ELF of 64 bits alone, such as Linux's vmlinux");
    }
    return notEntered(kernel, software);
  }

  @Override
  Optional<String> disk(Machine.Disk disk) {
    return disk.image().format() == DiskImage.Format.RAW
        ? Optional.empty()
        : Optional.of(
            "The disk " + disk.file() + " is a qcow2, and Firecracker takes raw disks alone");
  }

  @Override
  public Invocation plan(Machine machine, Host host, RunFolder run) {
    Path configuration = run.path().resolve("firecracker.json");
    Step write =
        new Step.Concatenate(
            configuration, List.of(Step.Part.Text.utf8(configuration(machine, run))));
    return new Invocation(
        List.of(write),
        new CommandLine(
            program(host),
            List.of(
                new Option("--no-api", Optional.empty()),
                new Option("--config-file", Optional.of(configuration.toString())))));
  }

  private static String configuration(Machine machine, RunFolder run) {
    Machine.Software.Kernel kernel = (Machine.Software.Kernel) machine.software();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = Json.FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeObjectPropertyStart("boot-source");
      json.writeStringProperty("kernel_image_path", kernel.image().toString());
      json.writeStringProperty("boot_args", kernel.commandLine());
      kernel.ramdisk().ifPresent(file -> json.writeStringProperty("initrd_path", file.toString()));
      json.writeEndObject();
      drives(machine.disks(), json);
      json.writeObjectPropertyStart("machine-config");
      json.writeNumberProperty("vcpu_count", machine.processor().count());
      json.writeNumberProperty("mem_size_mib", Math.ceilDiv(machine.memory().bytes(), MEBIBYTE));
      json.writeEndObject();
      if (machine.network() instanceof Network.Tap(String name)) {
        card(name, run, json);
      }
      json.writeObjectPropertyStart("logger");
      json.writeStringProperty("log_path", run.log("firecracker").toString());
      json.writeStringProperty("level", "Warning");
      json.writeEndObject();
      json.writeEndObject();
    }
    return bytes.toString(StandardCharsets.UTF_8) + "\n";
  }

  /** What must not be written to is read-only: there is nothing that would drop the writes. */
  private static void drives(List<Machine.Disk> disks, JsonGenerator json) {
    json.writeArrayPropertyStart("drives");
    int number = 0;
    for (Machine.Disk disk : disks) {
      json.writeStartObject();
      json.writeStringProperty("drive_id", "disk" + number++);
      json.writeStringProperty("path_on_host", disk.file().toString());
      json.writeBooleanProperty("is_root_device", false);
      json.writeBooleanProperty("is_read_only", disk.scratch());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void card(String tap, RunFolder run, JsonGenerator json) {
    json.writeArrayPropertyStart("network-interfaces");
    json.writeStartObject();
    json.writeStringProperty("iface_id", "net0");
    json.writeStringProperty("host_dev_name", tap);
    json.writeStringProperty("guest_mac", QemuOptions.macAddress(run.name()));
    json.writeEndObject();
    json.writeEndArray();
  }
}
