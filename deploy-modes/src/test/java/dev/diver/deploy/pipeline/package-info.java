@NullMarked
package dev.diver.deploy.pipeline;

import org.jspecify.annotations.NullMarked;
