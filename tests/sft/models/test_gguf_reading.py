"""A GGUF file is parsed once within the block, and the library is as it was after it."""

import gguf

from artifact.sft.models.gguf_reading import read_once


def test_a_file_and_a_map_of_names_are_read_once_and_only_within_the_block(tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    llama = gguf.MODEL_ARCH.LLAMA
    with read_once():
        assert gguf.GGUFReader(path) is gguf.GGUFReader(path)
        assert gguf.get_tensor_name_map(llama, 2) is gguf.get_tensor_name_map(llama, 2)
        assert gguf.get_tensor_name_map(llama, 2) is not gguf.get_tensor_name_map(llama, 3)
    assert gguf.GGUFReader(path) is not gguf.GGUFReader(path)
    assert gguf.get_tensor_name_map(llama, 2) is not gguf.get_tensor_name_map(llama, 2)
