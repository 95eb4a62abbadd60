"""The generated demo town, its accounts and its workers. Whatever comes from here is marked 示范数据."""
